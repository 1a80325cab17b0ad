import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../src/core/matrix.ts';
import { npzNames, openNpzRows, readNpz } from '../../src/formats/npz.ts';
import { all, fixture, scratch } from './fixture.ts';

const files = scratch();
const x = fromRows([
  [1, -2.5, 0.0999755859375],
  [3, 65504, -0.5],
]);

describe('npz', () => {
  it('reads arrays that NumPy stored, of either order', async () => {
    const path = fixture('stored.npz');
    expect(await npzNames(path)).toEqual(['a', 'b']);
    expect(await all(readNpz(path, 'a'))).toEqual([x]);
    // arange(6).reshape(3, 2).T
    expect(await all(readNpz(path, 'b'))).toEqual([fromRows([[0, 2, 4], [1, 3, 5]])]); // prettier-ignore
  });

  it('reads arrays that NumPy packed, in chunks, of either order of bytes', async () => {
    const path = fixture('packed.npz');
    const chunks = await all(readNpz(path, 'a', { chunkRows: 30 }));
    expect(chunks.map(({ rows }) => rows)).toEqual([30, 30, 30, 10]);
    expect(chunks[3]).toEqual(
      matrix(10, 3, Float32Array.from([...x.data, ...x.data, ...x.data, ...x.data, ...x.data])),
    );
    expect(await all(readNpz(path, 't'))).toEqual([x]);
  });

  it('refuses what is not there, is no archive, or was altered', async () => {
    await expect(openNpzRows(fixture('stored.npz'))).rejects.toThrow(
      /must have one array where none is named, got a, b$/,
    );
    await expect(openNpzRows(fixture('stored.npz'), 'c')).rejects.toThrow(
      /must have the array 'c' once, got a, b$/,
    );
    await expect(npzNames(files.path('none.npz'))).rejects.toThrow(
      /none\.npz: must be a \.npz file, got ENOENT/,
    );
    await expect(npzNames(await files.write('text.npz', 'no archive'))).rejects.toThrow(RangeError);
    const packed = await readFile(fixture('packed.npz'));
    // past the local header and NumPy's extra field, inside what is packed
    for (let at = 60; at < 160; at++) {
      const bytes = Buffer.from(packed);
      bytes[at] ^= 0x55;
      const path = await files.write('altered.npz', bytes);
      const read = await all(readNpz(path, 'a')).catch((error: unknown) => error);
      expect(read).toBeInstanceOf(RangeError);
    }
  });
});
