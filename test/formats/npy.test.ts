import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import { float16Bits, float16Values } from '../../src/formats/float16.ts';
import { npyShape, readNpy, readNpyMatrix, writeNpy } from '../../src/formats/npy.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'npy-'))));
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, ...parts: readonly (string | readonly number[])[]): Promise<string> {
  const bytes = parts.map((part) =>
    typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
  );
  await writeFile(join(folder, name), Buffer.concat(bytes));
  return join(folder, name);
}

/** A version 1 file, its header not padded. */
function npy(name: string, header: string, data: readonly number[]): Promise<string> {
  return file(name, '\x93NUMPY\x01\x00', [header.length & 255, header.length >>> 8], header, data);
}

function header(descr: string, shape: string, fortran = 'False'): string {
  return `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
}

function bytesOf(...values: readonly number[]): number[] {
  return [...new Uint8Array(Float32Array.from(values).buffer)];
}

function doublesOf(...values: readonly number[]): number[] {
  return [...new Uint8Array(Float64Array.from(values).buffer)];
}

/** Values one after the other, each with its greatest byte first. */
function turned(bytes: readonly number[], width: number): number[] {
  return bytes.map((_, b) => bytes[b - (b % width) + width - 1 - (b % width)]);
}

const FLOATS = 'dtype must be float16, float32 or float64';

async function chunksOf(path: string, chunkRows?: number): Promise<Matrix[]> {
  const chunks: Matrix[] = [];
  for await (const chunk of readNpy(path, { chunkRows })) chunks.push(chunk);
  return chunks;
}

describe('float16', () => {
  // IEEE 754-2008 binary16: 1 bit of sign, 5 of exponent, 10 of fraction
  const known = [
    [0x0000, 0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0x3c01, 1 + 2 ** -10],
    [0x7bff, 65504],
    [0x7c00, Infinity],
    [0x8000, -0],
    [0xc000, -2],
    [0xfc00, -Infinity],
  ] as const;
  it.each(known)('bits %i are the value %d', (bits, value) => {
    expect(float16Values[bits]).toBe(value);
    expect(float16Bits(value)).toBe(bits);
  });
  it.each([
    [2049, 0x6800], // halfway between 2048 and 2050
    [2051, 0x6802], // halfway between 2050 and 2052
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.0001, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [1023.5 * 2 ** -24, 0x0400],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [1e-30, 0x0000],
    [-1 / 3, 0xb555],
    [NaN, 0x7e00],
  ])('%d rounds to the nearest, ties to even', (value, bits) => expect(float16Bits(value)).toBe(bits));

  it('gives every value but NaN its own bits back', () => {
    for (let bits = 0; bits < 65536; bits++) {
      if (Number.isNaN(float16Values[bits])) continue;
      expect(float16Bits(float16Values[bits])).toBe(bits);
    }
  });
  it('has no neighbor nearer than the one it rounds to', () => {
    fc.assert(
      fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (value) => {
        const bits = float16Bits(value);
        const off = Math.abs(float16Values[bits] - value);
        for (const neighbor of [bits - 1, bits + 1]) {
          if (Number.isFinite(float16Values[neighbor])) {
            expect(off).toBeLessThanOrEqual(Math.abs(float16Values[neighbor] - value));
          }
        }
      }),
    );
  });
});

describe('readNpy', () => {
  const six = bytesOf(1, -2, 3.5, 4, 0.1, 6);

  it('reads the bytes numpy.save writes', async () => {
    const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117) + '\n';
    const path = await file('numpy.npy', '\x93NUMPY\x01\x00v\x00', text, six);
    expect(await npyShape(path)).toEqual({ rows: 2, cols: 3, dtype: 'float32' });
    expect(await readNpyMatrix(path)).toEqual(
      fromRows([
        [1, -2, 3.5],
        [4, 0.1, 6],
      ]),
    );
  });
  it('reads float16', async () => {
    const path = await npy('half.npy', header("'<f2'", '(1, 3)'), [0x00, 0x3c, 0xff, 0x7b, 0x01, 0x80]);
    expect(await readNpyMatrix(path)).toEqual(fromRows([[1, 65504, -(2 ** -24)]]));
  });
  it('rounds float64 to the nearest float32, ties to even', async () => {
    const tie = 1 + 2 ** -24;
    const values = [0.1, -1e-50, tie, tie + 2 ** -50, 3.4028235e38, 2 ** -149];
    const path = await npy('double.npy', header("'<f8'", '(2, 3)'), doublesOf(...values));
    expect(await npyShape(path)).toEqual({ rows: 2, cols: 3, dtype: 'float64' });
    const read = await readNpyMatrix(path);
    // IEEE 754-2008: 0.1 is 0x3dcccccd, the tie goes to 1 and what is above it to 1 + 2⁻²³
    expect([...read.data]).toEqual([
      13421773 / 2 ** 27,
      -0,
      1,
      1 + 2 ** -23,
      3.4028234663852886e38,
      2 ** -149,
    ]);
    expect(await chunksOf(path, 1)).toEqual(
      [0, 1].map((i) => fromRows([[...read.data.subarray(3 * i, 3 * i + 3)]])),
    );
  });
  it('reads either byte order, as numpy.save writes it', async () => {
    const rows = fromRows([
      [1, -2, 3.5],
      [4, 0.1, 6],
    ]);
    const big = await npy('big.npy', header("'>f4'", '(2, 3)'), turned(six, 4));
    expect(await readNpyMatrix(big)).toEqual(rows);
    const bigger = await npy('bigger.npy', header("'>f8'", '(1, 2)'), turned(doublesOf(1 / 3, -7), 8));
    expect(await readNpyMatrix(bigger)).toEqual(fromRows([[1 / 3, -7]]));
    const half = await npy('big-half.npy', header("'>f2'", '(1, 2)'), [0x3c, 0x00, 0x7b, 0xff]);
    expect(await readNpyMatrix(half)).toEqual(fromRows([[1, 65504]]));
  });
  it('reads Fortran order, where columns stand one after the other', async () => {
    const rows = fromRows([
      [1, 4],
      [-2, 0.1],
      [3.5, 6],
    ]);
    const path = await npy('columns.npy', header("'<f4'", '(3, 2)', 'True'), six);
    expect(await readNpyMatrix(path)).toEqual(rows);
    expect(await chunksOf(path, 2)).toEqual([
      fromRows([[1, 4], [-2, 0.1]]), // prettier-ignore
      fromRows([[3.5, 6]]),
    ]);
    const doubles = turned(doublesOf(1, 2, 3, 4), 8);
    const big = await npy('columns8.npy', header("'>f8'", '(2, 2)', 'True'), doubles);
    expect(await readNpyMatrix(big)).toEqual(fromRows([[1, 3], [2, 4]])); // prettier-ignore
  });
  it('reads versions 2 and 3, and values at an odd place', async () => {
    const odd = header("'<f4'", '(3L, 2L)').padEnd(62, ' ');
    for (const version of ['\x02', '\x03']) {
      const path = await file('v.npy', `\x93NUMPY${version}\x00`, [odd.length + 1, 0, 0, 0], `${odd}\n`, six);
      expect(await readNpyMatrix(path)).toEqual(
        fromRows([
          [1, -2],
          [3.5, 4],
          [0.1, 6],
        ]),
      );
    }
  });
  it('gives chunks that can be kept, the last one shorter', async () => {
    const path = await npy('chunks.npy', header("'<f4'", '(3, 2)'), six);
    expect(await chunksOf(path, 2)).toEqual([
      fromRows([
        [1, -2],
        [3.5, 4],
      ]),
      fromRows([[0.1, 6]]),
    ]);
  });
  it('gives no chunk for no rows', async () => {
    const path = await npy('none.npy', header("'<f4'", '(0, 5)'), []);
    expect(await chunksOf(path)).toEqual([]);
    expect(await readNpyMatrix(path)).toEqual(matrix(0, 5));
  });

  const refusals: readonly (readonly [string, string, readonly number[], string])[] = [
    ['quantized rows', header("'|i1'", '(1, 1)'), [7], `${FLOATS}, got '|i1'`],
    ['bits', header("'|b1'", '(1, 1)'), [1], `${FLOATS}, got '|b1'`],
    ['long doubles', header("'<f16'", '(1, 1)'), bytesOf(1, 2, 3, 4), `${FLOATS}, got '<f16'`],
    ['records', header("[('x', '<f4')]", '(1, 1)'), bytesOf(1), `${FLOATS}, got [('x', '<f4')]`],
    [
      'a float64 that float32 has no room for',
      header("'<f8'", '(2, 1)'),
      doublesOf(-3.5e38, 1),
      "data row 0 must be finite and in float32's range, got -3.5e+38 in column 0",
    ],
    [
      'NaN of float64',
      header("'>f8'", '(2, 1)'),
      turned(doublesOf(NaN, 1), 8),
      "data row 0 must be finite and in float32's range, got NaN in column 0",
    ],
    ['one dimension', header("'<f4'", '(6,)'), six, 'shape must be 2-d, got (6,)'],
    ['three dimensions', header("'<f4'", '(1, 2, 3)'), six, 'shape must be 2-d, got (1, 2, 3)'],
    ['a short file', header("'<f4'", '(2, 3)'), six.slice(1), 'must be 93 bytes, got 92'],
    ['a long file', header("'<f4'", '(2, 3)'), [...six, 0], 'must be 93 bytes, got 94'],
    [
      'NaN',
      header("'<f4'", '(2, 3)'),
      bytesOf(1, 2, 3, 4, 5, NaN),
      'data row 1 must be finite, got NaN in column 2',
    ],
    [
      'Infinity',
      header("'<f2'", '(2, 1)'),
      [0, 0, 0, 0xfc],
      'data row 1 must be finite, got -Infinity in column 0',
    ],
  ];
  it.each(refusals)('refuses %s', async (_, text, data, sentence) => {
    const path = await npy('refused.npy', text, data);
    await expect(readNpyMatrix(path)).rejects.toThrow(new RangeError(`${path}: ${sentence}`));
    await expect(chunksOf(path, 1)).rejects.toThrow(new RangeError(`${path}: ${sentence}`));
  });
  it('refuses what is no .npy', async () => {
    const path = await file('text.npy', 'PK\x03\x04 and so on');
    await expect(npyShape(path)).rejects.toThrow(
      `${path}: must be a .npy file, got one that starts with "PK\\u0003\\u0004 a"`,
    );
    await expect(npyShape(await file('empty.npy'))).rejects.toThrow(
      'must be a .npy file, got one that starts with ""',
    );
    await expect(npyShape(await file('cut.npy', '\x93NUMPY\x01\x00'))).rejects.toThrow(
      'must hold a .npy header, got 8',
    );
    await expect(npyShape(await file('v9.npy', '\x93NUMPY\x09\x00', [0, 0, 0, 0]))).rejects.toThrow(
      'version 1, 2 or 3',
    );
    await expect(npyShape(await npy('x.npy', '{}', [0]))).rejects.toThrow(
      "header must have a 'descr', got {}",
    );
    const long = await file('long.npy', '\x93NUMPY\x02\x00', [0, 0, 0, 128]);
    await expect(npyShape(long)).rejects.toThrow(
      `${long}: must hold a header of 2147483660 bytes, got 12 bytes`,
    );
    await expect(npyShape(folder)).rejects.toThrow(`${folder}: must be a file, got something else`);
  });
  it('refuses a missing file', async () => {
    const path = join(folder, 'missing.npy');
    await expect(readNpyMatrix(path)).rejects.toThrow(`${path}: must be a file that can be read, got ENOENT`);
    await expect(chunksOf(path)).rejects.toThrow(RangeError);
  });
  it('refuses chunks of no rows', () => expect(chunksOf('x.npy', 0)).rejects.toThrow('chunkRows must be'));
});

describe('writeNpy', () => {
  it('writes the bytes numpy.save writes', async () => {
    const path = join(folder, 'written.npy');
    await writeNpy(path, [fromRows([[1, -2]]), fromRows([[0.5, 65504]])], {
      rows: 2,
      cols: 2,
      dtype: 'float16',
    });
    const text = "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2), }".padEnd(117) + '\n';
    const values = Buffer.from([0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38, 0xff, 0x7b]);
    expect(await readFile(path)).toEqual(
      Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00v\x00${text}`, 'latin1'), values]),
    );
  });
  it('gives float32 back bit for bit, and float16 once rounded, however it is cut', async () => {
    const shapes = fc.record({ rows: fc.nat(12), cols: fc.nat(5), cut: fc.integer({ min: 1, max: 13 }) });
    const cases = shapes.chain(({ rows, cols, cut }) => {
      const value = fc.float({ noNaN: true, min: -65504, max: 65504 });
      const size = { minLength: rows * cols, maxLength: rows * cols };
      return fc
        .array(value, size)
        .map((values) => ({ m: matrix(rows, cols, Float32Array.from(values)), cut }));
    });
    const path = join(folder, 'round.npy');
    await fc.assert(
      fc.asyncProperty(cases, fc.constantFrom('float32', 'float16'), async ({ m, cut }, dtype) => {
        const expected =
          dtype === 'float32' ? m.data : m.data.map((value) => float16Values[float16Bits(value)]);
        await writeNpy(path, [m], { ...m, dtype });
        expect(await npyShape(path)).toEqual({ rows: m.rows, cols: m.cols, dtype });
        expect((await readNpyMatrix(path)).data).toEqual(expected);
        await writeNpy(path, readNpy(path, { chunkRows: cut }), { ...m, dtype });
        expect((await readNpyMatrix(path)).data).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
  it('leaves what was there, and nothing beside it, when it refuses', async () => {
    const path = join(await mkdtemp(join(folder, 'kept-')), 'kept.npy');
    await writeNpy(path, [fromRows([[1]])], { rows: 1, cols: 1 });
    const ones = { rows: 2, cols: 1 };
    await expect(writeNpy(path, [fromRows([[1]])], ones)).rejects.toThrow(
      'rows of all chunks must be 2, got 1',
    );
    await expect(writeNpy(path, [fromRows([[1, 2]])], ones)).rejects.toThrow('chunk cols must be 1, got 2');
    await expect(writeNpy(path, [fromRows([[1], [NaN]])], ones)).rejects.toThrow(
      `${path}: data row 1 must be finite, got NaN in column 0`,
    );
    await expect(writeNpy(path, [fromRows([[1], [65520]])], { ...ones, dtype: 'float16' })).rejects.toThrow(
      `${path}: data row 1 must fit float16, got 65520 in column 0`,
    );
    expect(await readNpyMatrix(path)).toEqual(fromRows([[1]]));
    expect(await readdir(join(path, '..'))).toEqual(['kept.npy']);
  });
});
