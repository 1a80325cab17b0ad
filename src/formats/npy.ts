import { checkEqual, checkWhole, refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { bytesOf } from './bytes-of.ts';
import { float16Bits } from './float16.ts';
import { FLOAT_ROWS, npyHeaderBytes, readNpyHeader } from './npy-header.ts';
import type { NpyShape } from './npy-shape.ts';
import {
  allRows,
  chunksOf,
  type OpenRows,
  openRowsOf,
  openToRead,
  type ReadRowsOptions,
} from './open-rows.ts';
import { wholeFile, type WholeFileOptions } from './whole-file.ts';

/**
 * The rows of a 2-d .npy file of float16, float32 or float64, in either order of bytes and of dimensions, in chunks that are the caller's to
 * keep.
 *
 * Values of float64 are rounded to the nearest float32, ties to even; quantized rows, which are of whole numbers, are refused.
 * No rows give no chunks. The file is open from the first chunk to the last, or until the caller stops.
 *
 * @throws RangeError if the file is missing, of another kind, shorter or longer than its header says, or
 *   holds a value that is not finite or, rounded to float32, would not be
 */
export async function* readNpy(
  path: string,
  { chunkRows }: ReadRowsOptions = {},
): AsyncGenerator<Matrix, void, undefined> {
  yield* chunksOf('readNpy', () => openTable(path), { chunkRows });
}

/** A 2-d file. */
function openTable(path: string): Promise<OpenRows> {
  return openRowsOf(path, path, (file) => readNpyHeader(file, path, FLOAT_ROWS));
}

/**
 * All rows of such a file in one matrix.
 *
 * @throws RangeError as `readNpy`
 */
export async function readNpyMatrix(path: string): Promise<Matrix> {
  return allRows(await openTable(path));
}

/**
 * What the header of such a file says.
 *
 * @throws RangeError as `readNpy`, but for values that are not finite
 */
export async function npyShape(path: string): Promise<NpyShape> {
  const file = await openToRead(path);
  try {
    const { rows, cols, dtype } = await readNpyHeader(file, path, FLOAT_ROWS);
    return { rows, cols, dtype };
  } finally {
    await file.close();
  }
}

/**
 * Such a file, or one of one dimension, which is read as a column.
 *
 * @throws RangeError as `readNpy`
 */
export function openNpyRows(path: string): Promise<OpenRows> {
  return openRowsOf(path, path, (file) =>
    readNpyHeader(file, path, { ...FLOAT_ROWS, dimensions: '1-d or 2-d' }),
  );
}

export interface WriteNpyOptions extends WholeFileOptions {
  /** Rows of all chunks together. */
  readonly rows: number;
  readonly cols: number;
  /** float16 halves the file; values are rounded to the nearest, ties to even. @default 'float32' */
  readonly dtype?: 'float16' | 'float32';
}

/**
 * Writes chunks of rows one below the other as a .npy file, which is there in full or not at all.
 *
 * @throws RangeError if the chunks do not add up to rows × cols, or if a value is not finite or, in float16,
 *   would not be
 */
export async function writeNpy(
  path: string,
  chunks: Iterable<Matrix> | AsyncIterable<Matrix>,
  { rows, cols, dtype = 'float32', signal }: WriteNpyOptions,
): Promise<void> {
  checkWhole('writeNpy', 'rows', rows);
  checkWhole('writeNpy', 'cols', cols);
  await wholeFile(
    path,
    async (write) => {
      await write(npyHeaderBytes({ rows, cols, dtype }));
      let written = 0;
      for await (const chunk of chunks) {
        checkEqual(path, 'chunk cols', chunk.cols, cols);
        checkFiniteRows(path, 'data', chunk, written);
        await write(bytesOf(dtype === 'float32' ? chunk.data : float16Rows(path, chunk, written)));
        written += chunk.rows;
      }
      checkEqual(path, 'rows of all chunks', written, rows);
    },
    { signal },
  );
}

function float16Rows(path: string, { data, cols }: Matrix, firstRow: number): Uint16Array {
  const halves = new Uint16Array(data.length);
  for (let e = 0; e < data.length; e++) {
    halves[e] = float16Bits(data[e]);
    if ((halves[e] & 0x7c00) !== 0x7c00) continue;
    const row = firstRow + Math.floor(e / cols);
    refuse(path, `data row ${row} must fit float16`, `${data[e]} in column ${e % cols}`);
  }
  return halves;
}
