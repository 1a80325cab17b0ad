import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../src/core/matrix.ts';
import {
  openSafetensorsRows,
  readSafetensors,
  readSafetensorsBytes,
  readSafetensorsParameters,
  safetensorsHeader,
  writeSafetensors,
} from '../../src/formats/safetensors.ts';
import { all, fixture, scratch } from './fixture.ts';

const files = scratch();

/** A file of a header, as text, and values. */
function safetensors(header: string, values: readonly number[] = [], length?: bigint): Buffer {
  const text = Buffer.from(header);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([prefix, text, Buffer.from(Float32Array.from(values).buffer)]);
}

const row = (begin: number, end: number, more = ''): string =>
  `{"dtype":"F32","shape":[${(end - begin) / 4}],"data_offsets":[${begin},${end}]${more}}`;

describe('safetensors', () => {
  const x = [1, -2.5, 0.0999755859375, 3, 65504, -0.5];

  it('reads what the reference library wrote', async () => {
    const path = fixture('types.safetensors');
    const { metadata, tensors } = await safetensorsHeader(path);
    expect(Object.fromEntries(metadata)).toEqual({ format: 'pt', note: 'naïve' });
    expect(tensors.get('ids')).toMatchObject({ dtype: 'I64', shape: [4] });
    for (const name of ['f32', 'f16', 'f64']) {
      expect(await all(readSafetensors(path, name))).toEqual([matrix(2, 3, Float32Array.from(x))]);
    }
    expect(await all(readSafetensors(path, 'bf16'))).toEqual([fromRows([[1, -2.5], [3, 0.5]])]); // prettier-ignore
    expect(await all(readSafetensors(path, 'bias'))).toEqual([fromRows([[1], [2], [3]])]);
    expect(await all(readSafetensors(path, 'f16', { chunkRows: 1 }))).toHaveLength(2);
  });

  it('writes the bytes of the specification, and the same ones again', async () => {
    const path = files.path('by-hand.safetensors');
    await writeSafetensors(path, { w: fromRows([[1, 2]]), e: matrix(0, 3) }, { metadata: { k: 'v' } });
    const header =
      '{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"e":{"dtype":"F32","shape":[0,3],"data_offsets":[8,8]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(await readFile(path)).toEqual(safetensors(padded, [1, 2]));
  });

  it('writes bytes behind all matrices, which stay at multiples of 4', async () => {
    const path = files.path('bytes.safetensors');
    await writeSafetensors(path, {
      b: Uint8Array.of(104, 255, 0),
      w: fromRows([[1, 2]]),
      n: new Uint8Array(0),
    });
    const header =
      '{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]},"n":{"dtype":"U8","shape":[0],"data_offsets":[11,11]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(await readFile(path)).toEqual(
      Buffer.concat([safetensors(padded, [1, 2]), Uint8Array.of(104, 255, 0)]),
    );
    expect(await readSafetensorsBytes(path, 'b')).toEqual(Uint8Array.of(104, 255, 0));
    await expect(readSafetensorsBytes(path, 'w')).rejects.toThrow("tensor 'w': dtype must be U8, got F32");
    await expect(readSafetensorsBytes(path, 'c')).rejects.toThrow("must have the tensor 'c', got w, b, n");
  });

  it('gives back what it wrote, by name, whatever the names', async () => {
    const matrices = fc.tuple(fc.nat(4), fc.nat(4)).chain(([rows, cols]) =>
      fc
        .array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
          minLength: rows * cols,
          maxLength: rows * cols,
        })
        .map((values) => matrix(rows, cols, Float32Array.from(values))),
    );
    const named = fc.dictionary(
      fc.string().filter((name) => name !== '__metadata__'),
      matrices,
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(
        named,
        fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
        async (tensors, metadata) => {
          const path = files.path('round.safetensors');
          await writeSafetensors(path, tensors, { metadata });
          expect(await readSafetensorsParameters(path)).toEqual(tensors);
          expect(Object.fromEntries((await safetensorsHeader(path)).metadata)).toEqual(metadata);
        },
      ),
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0), /must be a \.safetensors file, got 0 bytes$/],
    ['a length past the end', safetensors('{}', [], 99n), /must hold a header of 99 bytes, got 10 bytes$/],
    [
      'a length of 2^63',
      safetensors('{}', [], 2n ** 63n),
      /at most 100000000 bytes, got 9223372036854775808$/,
    ],
    ['no JSON', safetensors('{"w":'), /header must be a JSON object, got \{"w":$/],
    ['an array', safetensors('[1,2]'), /header must start with '\{', got "\["$/],
    [
      'no UTF-8',
      Buffer.concat([safetensors('', [], 4n), Buffer.from([0x7b, 0xff, 0xfe, 0x7d])]),
      /header must be UTF-8/,
    ],
    [
      'an overlap',
      safetensors(`{"a":${row(0, 8)},"b":${row(4, 12)}}`, [1, 2, 3]),
      /tensor 'b' must begin at byte 8 .* got 4$/,
    ],
    [
      'a hole',
      safetensors(`{"a":${row(0, 4)},"b":${row(8, 12)}}`, [1, 2, 3]),
      /tensor 'b' must begin at byte 4 .* got 8$/,
    ],
    [
      'values past the tensors',
      safetensors(`{"a":${row(0, 4)}}`, [1, 2]),
      /must have 4 bytes of values, got 8$/,
    ],
    ['values cut off', safetensors(`{"a":${row(0, 8)}}`, [1]), /must have 8 bytes of values, got 4$/],
    [
      'offsets turned',
      safetensors('{"a":{"dtype":"F32","shape":[],"data_offsets":[4,0]}}', [1]),
      /the first not the larger, got \[4,0\]$/,
    ],
    [
      'another size than its shape',
      safetensors('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}', [1]),
      /must be 12 bytes apart, as its shape is, got 4$/,
    ],
    [
      'a shape that overflows',
      safetensors(
        '{"a":{"dtype":"F32","shape":[9007199254740991,9007199254740991,2],"data_offsets":[0,4]}}',
        [1],
      ),
      /bytes apart/,
    ],
    [
      'a negative side',
      safetensors('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', [1]),
      /shape must be whole numbers >= 0, got \[-1\]$/,
    ],
    [
      'an unknown dtype',
      safetensors('{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}', [1]),
      /dtype must be one of .*, got "Q4"$/,
    ],
    [
      'a name twice',
      safetensors(`{"a":${row(0, 4)},"a":${row(0, 4)}}`, [1]),
      /must have each name once, 1 of them, got 2$/,
    ],
    [
      'metadata of numbers',
      safetensors('{"__metadata__":{"a":1}}'),
      /__metadata__ 'a' must be a string, got 1$/,
    ],
  ])('refuses %s', async (name, bytes, message) => {
    const path = await files.write(`${name.replaceAll(/\W/g, '-')}.safetensors`, bytes);
    await expect(safetensorsHeader(path)).rejects.toThrow(message);
    await expect(safetensorsHeader(path)).rejects.toThrow(RangeError);
  });

  it('refuses a tensor that cannot be read, or is not there', async () => {
    const path = fixture('types.safetensors');
    await expect(openSafetensorsRows(path, 'ids')).rejects.toThrow(
      /tensor 'ids': dtype must be F16, BF16, F32, F64, got I64$/,
    );
    await expect(openSafetensorsRows(path, 'none')).rejects.toThrow(/must have the tensor 'none', got /);
    await expect(openSafetensorsRows(path)).rejects.toThrow(/must have one tensor where none is named, got /);
    const odd = await files.write('nan.safetensors', safetensors(`{"a":${row(0, 8)}}`, [1, NaN]));
    await expect(all(readSafetensors(odd))).rejects.toThrow(
      /nan\.safetensors: data row 1 must be finite, got NaN in column 0$/,
    );
  });

  it('refuses, or reads to the end, whatever bytes are changed, put in or cut off', async () => {
    const good = await readFile(fixture('types.safetensors'));
    const change = fc.record({
      at: fc.nat(good.length - 1),
      byte: fc.nat(255),
      cut: fc.nat(8),
      more: fc.nat(8),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        let bytes = Buffer.from(good);
        for (const { at, byte, cut, more } of changes) {
          const place = at % bytes.length;
          bytes = Buffer.concat([
            bytes.subarray(0, place),
            Buffer.alloc(1 + more, byte),
            bytes.subarray(place + 1 + cut),
          ]);
        }
        const path = await files.write('changed.safetensors', bytes);
        const read = await readSafetensorsParameters(path).catch((error: unknown) => error);
        if (read instanceof Error) expect(read).toBeInstanceOf(RangeError);
        else for (const [, m] of Object.entries(read ?? {})) expect(m.data).toHaveLength(m.rows * m.cols);
      }),
      { numRuns: 300 },
    );
  });
});
