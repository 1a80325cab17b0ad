import { refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { bytesOf } from './bytes-of.ts';
import { fill } from './fill.ts';
import { chunksOf, type OpenRows, openToRead, type ReadRowsOptions, withBetween } from './open-rows.ts';

/** Rows of whole numbers, such as the true neighbors of each query. */
export interface IntegerRows {
  readonly rows: number;
  readonly cols: number;
  /** rows × cols, row-major */
  readonly data: Int32Array;
}

/**
 * The rows of a .fvecs file in chunks: each row is its length, int32, and as many float32. (SIFT1M, GIST1M.)
 *
 * @throws RangeError if the file is missing, its size is not that of whole rows, a row has another length than the first, or a value is
 *   not finite
 * @see Jégou et al., corpus-texmex.irisa.fr, "File formats"
 */
export function readFvecs(path: string, options?: ReadRowsOptions): AsyncGenerator<Matrix, void, undefined> {
  return chunksOf('readFvecs', () => openFvecsRows(path), options);
}

/**
 * The rows of a .bvecs file, which are of bytes, 0 … 255. (SIFT1B.)
 *
 * @throws RangeError as `readFvecs`
 */
export function readBvecs(path: string, options?: ReadRowsOptions): AsyncGenerator<Matrix, void, undefined> {
  return chunksOf('readBvecs', () => openBvecsRows(path), options);
}

/**
 * The rows of an .ivecs file, which are of int32, in chunks of as many rows as take 1 MiB.
 *
 * @throws RangeError as `readFvecs`
 */
export async function* readIvecs(path: string): AsyncGenerator<IntegerRows, void, undefined> {
  const file = await openRecords(path, 4);
  try {
    const step = Math.max(1, Math.floor(2 ** 18 / Math.max(1, file.cols)));
    for (let start = 0; start < file.rows; start += step) {
      const rows = Math.min(step, file.rows - start);
      const data = new Int32Array(rows * file.cols);
      await file.read(bytesOf(data), start);
      yield { rows, cols: file.cols, data };
    }
  } finally {
    await file.close();
  }
}

/** A .fvecs file that is open. */
export async function openFvecsRows(path: string): Promise<OpenRows> {
  const file = await openRecords(path, 4);
  return withBetween({
    ...file,
    async read(into, start) {
      await file.read(bytesOf(into.data), start);
      checkFiniteRows(path, 'data', into, start);
    },
  });
}

/** A .bvecs file that is open. */
export async function openBvecsRows(path: string): Promise<OpenRows> {
  const file = await openRecords(path, 1);
  return withBetween({
    ...file,
    async read(into, start) {
      const bytes = new Uint8Array(into.data.length);
      await file.read(bytes, start);
      into.data.set(bytes);
    },
  });
}

/** Rows that each begin with their length, as bytes without it. */
interface OpenRecords extends Pick<OpenRows, 'path' | 'rows' | 'cols' | 'close'> {
  read(into: Uint8Array, start: number): Promise<void>;
}

async function openRecords(path: string, width: number): Promise<OpenRecords> {
  const file = await openToRead(path);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) refuse(path, 'must be a file', 'something else');
    if (stat.size === 0) return { path, rows: 0, cols: 0, read: async () => {}, close: () => file.close() };
    const first = new Int32Array(1);
    await fill(file, path, bytesOf(first), 0);
    const cols = first[0];
    if (cols < 1) refuse(path, 'row 0 must have a length of at least 1', cols);
    const record = 4 + cols * width;
    if (stat.size % record !== 0) refuse(path, `must be whole rows of ${record} bytes`, `${stat.size} bytes`);
    return {
      path,
      rows: stat.size / record,
      cols,
      close: () => file.close(),
      async read(into, start) {
        const rows = into.length / (cols * width);
        const bytes = Buffer.alloc(rows * record);
        await fill(file, path, bytes, start * record);
        for (let i = 0; i < rows; i++) {
          const length = bytes.readInt32LE(i * record);
          if (length !== cols) refuse(path, `row ${start + i} must have a length of ${cols}`, length);
          into.set(bytes.subarray(i * record + 4, (i + 1) * record), i * cols * width);
        }
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
