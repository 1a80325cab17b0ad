import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { openRows } from '../../src/formats/row-files.ts';
import { readBvecs, readFvecs, readIvecs } from '../../src/formats/vecs.ts';
import { all, fixture, scratch } from './fixture.ts';

const files = scratch();
const int = (value: number): number[] => [...new Uint8Array(Int32Array.of(value).buffer)];
const floats = (...values: readonly number[]): number[] => [
  ...new Uint8Array(Float32Array.from(values).buffer),
];
const file = (name: string, ...bytes: readonly (readonly number[])[]): Promise<string> =>
  files.write(name, Uint8Array.from(bytes.flat()));

describe('fvecs, bvecs and ivecs', () => {
  it('are read row by row, each with its length before it', async () => {
    const f = await file('a.fvecs', int(2), floats(1, -2), int(2), floats(0.5, 3), int(2), floats(7, 8));
    expect(await all(readFvecs(f, { chunkRows: 2 }))).toEqual([fromRows([[1, -2], [0.5, 3]]), fromRows([[7, 8]])]); // prettier-ignore
    const b = await file('a.bvecs', int(3), [0, 128, 255], int(3), [1, 2, 3]);
    expect(await all(readBvecs(b))).toEqual([fromRows([[0, 128, 255], [1, 2, 3]])]); // prettier-ignore
    const i = await file('a.ivecs', int(2), int(16777217), int(-1));
    expect(await all(readIvecs(i))).toEqual([{ rows: 1, cols: 2, data: Int32Array.of(16777217, -1) }]);
    expect(await all(readFvecs(await file('empty.fvecs')))).toEqual([]);
  });

  it('are refused by row where they are not as they should be', async () => {
    const two = await file('two.fvecs', int(2), floats(1, 2), int(1), floats(3), [0, 0, 0, 0]);
    await expect(all(readFvecs(two))).rejects.toThrow(/two\.fvecs: row 1 must have a length of 2, got 1$/);
    const cut = await file('cut.fvecs', int(2), floats(1));
    await expect(all(readFvecs(cut))).rejects.toThrow(/must be whole rows of 12 bytes, got 8 bytes$/);
    const none = await file('none.fvecs', int(-5));
    await expect(all(readFvecs(none))).rejects.toThrow(/row 0 must have a length of at least 1, got -5$/);
    const nan = await file('nan.fvecs', int(1), floats(1), int(1), floats(NaN));
    await expect(all(readFvecs(nan))).rejects.toThrow(/data row 1 must be finite, got NaN in column 0$/);
    const bits = await file('short.fvecs', [1, 0]);
    await expect(all(readFvecs(bits))).rejects.toThrow(RangeError);
  });

  it('are opened, as other files of rows are, by how the name ends', async () => {
    for (const [path, name] of [
      [await file('b.fvecs', int(1), floats(1)), undefined],
      [await file('b.bvecs', int(1), [1]), undefined],
      [fixture('stored.npz'), 'a'],
      [fixture('types.safetensors'), 'f32'],
    ] as const) {
      const rows = await openRows(path, name);
      expect((await rows.between(0, 1)).data[0]).toBe(1);
      await rows.close();
    }
    await expect(openRows('a.txt')).rejects.toThrow(
      'a.txt: must end in .npy, .npz, .safetensors, .fvecs or .bvecs, got .txt',
    );
    await expect(openRows('a.npy', 'x')).rejects.toThrow(/for an array to be named, got x$/);
  });
});
