import { type FileHandle, open } from 'node:fs/promises';
import { checkWhole, refuse, refuseEntry } from '../core/check.ts';
import { matrix, type Matrix, rowsBetween } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { bytesOf } from './bytes-of.ts';
import { float16Values } from './float16.ts';
import { type ArrayLayout, readRows } from './npy-header.ts';
import type { NpyShape } from './npy-shape.ts';

/** An array in a file that is open, to read from it what is wanted next. */
export interface OpenArray<Chunk> {
  readonly path: string;
  readonly rows: number;
  /** Rows start … end - 1, the caller's to keep. */
  between(start: number, end: number): Promise<Chunk>;
  close(): Promise<void>;
}

/** Rows in a file that is open. */
export interface OpenRows extends OpenArray<Matrix> {
  readonly cols: number;
  /**
   * Reads as many rows as `into` has, from `start` on.
   *
   * @throws RangeError if a value is not finite or, rounded to float32, would not be
   */
  read(into: Matrix, start: number): Promise<void>;
}

export interface ReadRowsOptions {
  /** Rows of each chunk but the last. @default as many as take 1 MiB of float32 */
  readonly chunkRows?: number;
}

/** What rows may be stored as. */
export type FloatType = NpyShape['dtype'] | 'bfloat16';

/** @throws RangeError if there is no file that can be read */
export function openToRead(path: string): Promise<FileHandle> {
  return open(path).catch((error: unknown) =>
    refuse(path, 'must be a file that can be read', error instanceof Error ? error.message : error),
  );
}

/** Opens a file of rows whose place in it `layoutOf` finds; `where` is what errors name. */
export async function openRowsOf(
  where: string,
  path: string,
  layoutOf: (file: FileHandle) => Promise<ArrayLayout<FloatType>>,
): Promise<OpenRows> {
  const file = await openToRead(path);
  try {
    return rowsOf(file, where, await layoutOf(file));
  } catch (error) {
    await file.close();
    throw error;
  }
}

function rowsOf(file: FileHandle, where: string, layout: ArrayLayout<FloatType>): OpenRows {
  return withBetween({
    path: where,
    rows: layout.rows,
    cols: layout.cols,
    read: rowReader(file, where, layout),
    close: () => file.close(),
  });
}

/** Rows that can be read, read into matrices of their own too. */
export function withBetween(rows: Omit<OpenRows, 'between'>): OpenRows {
  return {
    ...rows,
    async between(start, end) {
      const chunk = matrix(end - start, rows.cols);
      await rows.read(chunk, start);
      return chunk;
    },
  };
}

/** All rows in chunks that are the caller's to keep; the file is open from the first to the last, or until the caller stops. */
export async function* chunksOf(
  where: string,
  opened: () => Promise<OpenRows>,
  { chunkRows }: ReadRowsOptions = {},
): AsyncGenerator<Matrix, void, undefined> {
  if (chunkRows !== undefined) checkWhole(where, 'chunkRows', chunkRows, 1);
  const file = await opened();
  try {
    const step = chunkRows ?? rowsOfAMebibyte(file);
    for (let start = 0; start < file.rows; start += step) {
      yield await file.between(start, Math.min(start + step, file.rows));
    }
  } finally {
    await file.close();
  }
}

/** All rows in one matrix; closes the file. */
export async function allRows(file: OpenRows): Promise<Matrix> {
  try {
    const step = rowsOfAMebibyte(file);
    const whole = matrix(file.rows, file.cols);
    for (let start = 0; start < file.rows; start += step) {
      await file.read(rowsBetween(whole, start, Math.min(start + step, file.rows)), start);
    }
    return whole;
  } finally {
    await file.close();
  }
}

/** The named rows of an open file, in the order named; rows that follow one another are read at once. */
export async function gatherRows(file: OpenRows, rows: ArrayLike<number>): Promise<Matrix> {
  const out = matrix(rows.length, file.cols);
  for (let at = 0; at < rows.length;) {
    let end = at + 1;
    while (end < rows.length && rows[end] === rows[end - 1] + 1) end++;
    await file.read(rowsBetween(out, at, end), rows[at]);
    at = end;
  }
  return out;
}

export function rowsOfAMebibyte({ cols }: { readonly cols: number }): number {
  return Math.max(1, Math.floor(2 ** 18 / Math.max(1, cols)));
}

/** One buffer serves all reads that are not of float32. */
function rowReader(file: FileHandle, where: string, layout: ArrayLayout<FloatType>): OpenRows['read'] {
  const { dtype, width } = layout;
  let room = new ArrayBuffer(0);
  return async (into, start) => {
    const values = into.data.length;
    if (dtype !== 'float32' && room.byteLength < values * width) room = new ArrayBuffer(values * width);
    const bytes = dtype === 'float32' ? bytesOf(into.data) : new Uint8Array(room, 0, values * width);
    await readRows(file, where, layout, bytes, start);
    if (dtype === 'float64') narrow(where, new Float64Array(room, 0, values), into, start);
    else if (dtype === 'float16') widen(new Uint16Array(room, 0, values), into.data);
    else if (dtype === 'bfloat16') shiftUp(new Uint16Array(room, 0, values), into.data);
    checkFiniteRows(where, 'data', into, start);
  };
}

/** To the nearest, and never to an infinity. */
function narrow(where: string, doubles: Float64Array, { data, cols }: Matrix, firstRow: number): void {
  data.set(doubles);
  for (let e = 0; e < data.length; e++) {
    if (Number.isFinite(data[e])) continue;
    refuseEntry(where, 'data', "finite and in float32's range", { data: doubles, cols }, e, firstRow);
  }
}

function widen(halves: Uint16Array, into: Float32Array): void {
  for (let e = 0; e < halves.length; e++) into[e] = float16Values[halves[e]];
}

/** A bfloat16 is the upper half of a float32. */
function shiftUp(halves: Uint16Array, into: Float32Array): void {
  const bits = new Uint32Array(into.buffer, into.byteOffset, into.length);
  for (let e = 0; e < halves.length; e++) bits[e] = halves[e] << 16;
}
