import { open, type FileHandle } from 'node:fs/promises';
import { checkEqual, checkWhole, refuse, refuseEntry } from '../core/check.ts';
import { matrix, rowsBetween, type Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { float16Bits, float16Values } from './float16.ts';
import { FLOAT_ROWS, npyHeaderBytes, readNpyHeader, readRows, type NpyHeader } from './npy-header.ts';
import type { NpyShape } from './npy-shape.ts';
import { wholeFile, type WholeFileOptions } from './whole-file.ts';

export interface ReadNpyOptions {
  /** Rows of each chunk but the last. @default as many as take 1 MiB of float32 */
  readonly chunkRows?: number;
}

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
  { chunkRows }: ReadNpyOptions = {},
): AsyncGenerator<Matrix, void, undefined> {
  if (chunkRows !== undefined) checkWhole('readNpy', 'chunkRows', chunkRows, 1);
  const file = await openToRead(path);
  try {
    const header = await readNpyHeader(file, path, FLOAT_ROWS);
    const read = rowReader(file, path, header);
    const step = chunkRows ?? rowsOfAMebibyte(header);
    for (let start = 0; start < header.rows; start += step) {
      const chunk = matrix(Math.min(step, header.rows - start), header.cols);
      await read(chunk, start);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

/**
 * All rows of such a file in one matrix.
 *
 * @throws RangeError as `readNpy`
 */
export async function readNpyMatrix(path: string): Promise<Matrix> {
  const file = await openToRead(path);
  try {
    const header = await readNpyHeader(file, path, FLOAT_ROWS);
    const read = rowReader(file, path, header);
    const step = rowsOfAMebibyte(header);
    const whole = matrix(header.rows, header.cols);
    for (let start = 0; start < header.rows; start += step) {
      await read(rowsBetween(whole, start, Math.min(start + step, header.rows)), start);
    }
    return whole;
  } finally {
    await file.close();
  }
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

/** A file that is open, to read from it what is wanted next. */
export interface OpenNpy<Chunk> {
  readonly path: string;
  readonly rows: number;
  /** Rows start … end - 1, the caller's to keep. */
  between(start: number, end: number): Promise<Chunk>;
  close(): Promise<void>;
}

/** A file of rows that is open. */
export interface OpenRows extends OpenNpy<Matrix> {
  readonly cols: number;
  /** Reads as many rows as `into` has, from `start` on. */
  read(into: Matrix, start: number): Promise<void>;
}

/**
 * Such a file, or one of one dimension, which is read as a column.
 *
 * @throws RangeError as `readNpy`
 */
export async function openNpyRows(path: string): Promise<OpenRows> {
  const file = await openToRead(path);
  try {
    const header = await readNpyHeader(file, path, { ...FLOAT_ROWS, dimensions: '1-d or 2-d' });
    const read = rowReader(file, path, header);
    return {
      path,
      rows: header.rows,
      cols: header.cols,
      read,
      async between(start, end) {
        const rows = matrix(end - start, header.cols);
        await read(rows, start);
        return rows;
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The named rows of an open file, in the order named; rows that follow one another are read at once. */
export async function gatherNpy(file: OpenRows, rows: ArrayLike<number>): Promise<Matrix> {
  const out = matrix(rows.length, file.cols);
  for (let at = 0; at < rows.length;) {
    let end = at + 1;
    while (end < rows.length && rows[end] === rows[end - 1] + 1) end++;
    await file.read(rowsBetween(out, at, end), rows[at]);
    at = end;
  }
  return out;
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

/** @throws RangeError if there is no file that can be read */
export function openToRead(path: string): Promise<FileHandle> {
  return open(path).catch((error: unknown) =>
    refuse(path, 'must be a file that can be read', error instanceof Error ? error.message : error),
  );
}

function rowsOfAMebibyte({ cols }: NpyShape): number {
  return Math.max(1, Math.floor(2 ** 18 / Math.max(1, cols)));
}

/** Reads as many rows as `into` has, from `start` on; one buffer serves all chunks that are not of float32. */
function rowReader(file: FileHandle, path: string, header: NpyHeader) {
  const { dtype, width } = header;
  let room = new ArrayBuffer(0);
  return async (into: Matrix, start: number): Promise<void> => {
    const values = into.data.length;
    if (dtype !== 'float32' && room.byteLength < values * width) room = new ArrayBuffer(values * width);
    const bytes = dtype === 'float32' ? bytesOf(into.data) : new Uint8Array(room, 0, values * width);
    await readRows(file, path, header, bytes, start);
    if (dtype === 'float64') narrow(path, new Float64Array(room, 0, values), into, start);
    else if (dtype === 'float16') widen(new Uint16Array(room, 0, values), into.data);
    checkFiniteRows(path, 'data', into, start);
  };
}

/** To the nearest, and never to an infinity. */
function narrow(path: string, doubles: Float64Array, { data, cols }: Matrix, firstRow: number): void {
  data.set(doubles);
  for (let e = 0; e < data.length; e++) {
    if (Number.isFinite(data[e])) continue;
    refuseEntry(path, 'data', "finite and in float32's range", { data: doubles, cols }, e, firstRow);
  }
}

function widen(halves: Uint16Array, into: Float32Array): void {
  for (let e = 0; e < halves.length; e++) into[e] = float16Values[halves[e]];
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

/** Its bytes: a view, in the machine's order, which is the file's wherever nearmiss runs: little-endian. */
function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
