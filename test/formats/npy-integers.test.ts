import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { growingNpy } from '../../src/formats/growing-npy.ts';
import { openNpyInt32, openNpyUint32, openNpyUint32Rows } from '../../src/formats/npy-integers.ts';
import { readNpyMatrix } from '../../src/formats/npy.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'npy-integers-'))));
afterAll(() => rm(folder, { recursive: true }));

/** A version 1 file, its header not padded. */
async function npy(
  name: string,
  descr: string,
  shape: string,
  data: ArrayBufferView,
  fortran = 'False',
): Promise<string> {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
  const start = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length, 0)}${header}`, 'latin1');
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([start, bytes]));
  return path;
}

const WIDTHS = [
  ['|i1', Int8Array.of(-128, 0, 127)],
  ['|u1', Uint8Array.of(0, 1, 255)],
  ['<i2', Int16Array.of(-32768, 0, 32767)],
  ['<u2', Uint16Array.of(0, 1, 65535)],
  ['<i4', Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1)],
  ['<u4', Uint32Array.of(0, 1, 2 ** 31 - 1)],
  ['<i8', BigInt64Array.of(-(2n ** 31n), 0n, 2n ** 31n - 1n)],
  ['<u8', BigUint64Array.of(0n, 1n, 2n ** 31n - 1n)],
] as const;

describe('.npy files of whole numbers', () => {
  it.each(WIDTHS)('are read at any width: %s', async (descr, data) => {
    const file = await openNpyInt32(await npy('any.npy', descr, '(3,)', data));
    expect(file.rows).toBe(3);
    expect(Array.from(await file.between(0, 3))).toEqual(Array.from(data, Number));
    expect(Array.from(await file.between(1, 2))).toEqual([Number(data[1])]);
    await file.close();
  });

  it('are read in either byte order', async () => {
    const file = await openNpyInt32(
      await npy('turned.npy', '>i2', '(2,)', Uint8Array.of(0x01, 0x02, 0xff, 0xfe)),
    );
    expect([...(await file.between(0, 2))]).toEqual([0x102, -2]);
    await file.close();
    const long = await npy('long.npy', '>u8', '(1,)', Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0));
    const longs = await openNpyUint32(long);
    expect([...(await longs.between(0, 1))]).toEqual([256]);
    await longs.close();
  });

  it('are read in Fortran order, as numpy.argwhere gives them', async () => {
    const path = await npy('argwhere.npy', '<i8', '(3, 2)', BigInt64Array.of(0n, 1n, 1n, 7n, 8n, 9n), 'True');
    const file = await openNpyUint32Rows(path, 2);
    expect([...(await file.between(0, 3))]).toEqual([0, 7, 1, 8, 1, 9]);
    expect([...(await file.between(1, 2))]).toEqual([1, 8]);
    await file.close();
  });

  it('are read in rows of so many', async () => {
    const data = BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, -1n);
    const path = await npy('rows.npy', '<i8', '(3, 3)', data);
    const file = await openNpyUint32Rows(path, 3);
    expect(file.rows).toBe(3);
    expect([...(await file.between(1, 2))]).toEqual([3, 4, 5]);
    await expect(file.between(1, 3)).rejects.toThrow(
      `${path}: row 2 must be of whole numbers in [0, 4294967295], got -1`,
    );
    await file.close();
    await expect(openNpyUint32Rows(path, 2)).rejects.toThrow(`${path}: cols must be 2, got 3`);
    const flat = await npy('flat.npy', '<i4', '(3,)', Int32Array.of(0, 1, 2));
    await expect(openNpyUint32Rows(flat, 3)).rejects.toThrow(/shape must be 2-d, got \(3,\)$/);
  });

  it('are refused in one sentence where a number does not fit', async () => {
    const far = await npy('far.npy', '<i8', '(3,)', BigInt64Array.of(1n, 2n ** 31n, 0n));
    const file = await openNpyInt32(far);
    await expect(file.between(1, 3)).rejects.toThrow(
      `${far}: row 1 must be of whole numbers in [-2147483648, 2147483647], got 2147483648`,
    );
    await file.close();
    const ids = await openNpyUint32(far);
    expect(Array.from(await ids.between(0, 2))).toEqual([1, 2 ** 31]);
    await ids.close();
    const negative = await npy('negative.npy', '|i1', '(1,)', Int8Array.of(-1));
    const unsigned = await openNpyUint32(negative);
    await expect(unsigned.between(0, 1)).rejects.toThrow(/row 0 must be of whole numbers in \[0, .*got -1$/);
    await unsigned.close();
    // past 53 bits
    const vast = await npy('vast.npy', '<u8', '(1,)', BigUint64Array.of(2n ** 64n - 1n));
    const most = await openNpyUint32(vast);
    await expect(most.between(0, 1)).rejects.toThrow(/got 18446744073709551615$/);
    await most.close();
  });

  it('are refused where they are of another kind, shape or length', async () => {
    const float = await npy('float.npy', '<f4', '(1,)', Float32Array.of(1));
    await expect(openNpyInt32(float)).rejects.toThrow(/dtype must be an integer of 8 to 64 bits, got '<f4'$/);
    const wide = await npy('wide.npy', '<i4', '(1, 2)', Int32Array.of(1, 2));
    await expect(openNpyInt32(wide)).rejects.toThrow(/shape must be 1-d, got \(1, 2\)$/);
    const short = await npy('short.npy', '<i4', '(3,)', Int32Array.of(1, 2));
    await expect(openNpyInt32(short)).rejects.toThrow(/must be \d+ bytes, got \d+$/);
    await expect(openNpyInt32(join(folder, 'none.npy'))).rejects.toThrow(/must be a file that can be read/);
  });
});

describe('a .npy file that grows', () => {
  it('holds all that was written once it is finished, and is none before', async () => {
    const path = join(folder, 'grown.npy');
    const file = await growingNpy(path, { cols: 2, dtype: 'float32' });
    await file.write(Float32Array.of(1, 2, 3, 4));
    await expect(readNpyMatrix(path)).rejects.toThrow(/must be a .npy file/);
    await file.write(Float32Array.of(5, 6));
    await file.finish();
    expect(Array.from((await readNpyMatrix(path)).data)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is of one dimension and of float64 where it is to be', async () => {
    const path = join(folder, 'values.npy');
    const file = await growingNpy(path, { dtype: 'float64' });
    await file.write(Float64Array.of(0.1, -2));
    await file.finish();
    const bytes = await readFile(path);
    expect(bytes.toString('latin1', 10, 80)).toContain(
      "'descr': '<f8', 'fortran_order': False, 'shape': (2,)",
    );
    expect(bytes.readDoubleLE(bytes.length - 16)).toBe(0.1);
    expect(bytes.length % 64).toBe(16);
  });

  it('refuses what is no whole row or of another width', async () => {
    const file = await growingNpy(join(folder, 'refused.npy'), { cols: 3, dtype: 'float32' });
    await expect(file.write(Float32Array.of(1, 2))).rejects.toThrow(
      /values past whole rows must be 0, got 2$/,
    );
    await expect(file.write(Float64Array.of(1, 2, 3))).rejects.toThrow(/bytes of a value must be 4, got 8$/);
    await file.abandon();
    await expect(growingNpy(join(folder, 'refused.npy'), { dtype: 'float32' })).rejects.toThrow(
      /must be where a file can be written/,
    );
  });
});
