import { checkEqual, checkWhole } from './check.ts';

/** Plain data, made by `matrix()`: it crosses `postMessage`, prints, and can be written as a literal. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  /** rows × cols, row-major */
  readonly data: Float32Array;
}

/**
 * A rows × cols matrix over `data` (not copied), or of zeros. Either side may be 0.
 *
 * @throws RangeError if a side is not a whole number >= 0 or `data` does not have rows × cols entries
 */
export function matrix(rows: number, cols: number, data?: Float32Array): Matrix {
  checkWhole('matrix', 'rows', rows);
  checkWhole('matrix', 'cols', cols);
  if (data === undefined) return { rows, cols, data: new Float32Array(rows * cols) };
  checkEqual('matrix', 'data.length', data.length, rows * cols);
  return { rows, cols, data };
}

/** Results of more bytes than this are zeros at first: the system hands them out as such. */
const UNWRITTEN_AT_MOST = 2 ** 30;

/**
 * A rows × cols matrix of what its memory held before, for a result whose every entry is written next: zeros would take as long to write.
 *
 * @throws RangeError if a side is not a whole number >= 0
 */
export function unwritten(rows: number, cols: number): Matrix {
  checkWhole('unwritten', 'rows', rows);
  checkWhole('unwritten', 'cols', cols);
  const bytes = Float32Array.BYTES_PER_ELEMENT * rows * cols;
  if (bytes > UNWRITTEN_AT_MOST) return matrix(rows, cols);
  return { rows, cols, data: new Float32Array(Buffer.allocUnsafeSlow(bytes).buffer) };
}

/**
 * A copy of an array of rows, each as long as the first; values are rounded to float32.
 *
 * @throws RangeError if a row has another length
 */
export function fromRows(rows: readonly ArrayLike<number>[]): Matrix {
  const cols = rows.length > 0 ? rows[0].length : 0;
  const m = matrix(rows.length, cols);
  rows.forEach((values, i) => {
    checkEqual('fromRows', `row ${i} length`, values.length, cols);
    m.data.set(values, i * cols);
  });
  return m;
}

/** Row i: a view. */
export function row(m: Matrix, i: number): Float32Array {
  return m.data.subarray(i * m.cols, (i + 1) * m.cols);
}

/** Rows start … end - 1: a view. */
export function rowsBetween(m: Matrix, start: number, end: number): Matrix {
  return { rows: end - start, cols: m.cols, data: m.data.subarray(start * m.cols, end * m.cols) };
}

/**
 * Consecutive parts of at most so many rows, at least one part: views.
 *
 * @throws RangeError if most is not a whole number >= 1
 */
export function rowChunks(m: Matrix, most: number): Matrix[] {
  checkWhole('rowChunks', 'most', most, 1);
  const chunks = [rowsBetween(m, 0, Math.min(most, m.rows))];
  for (let start = most; start < m.rows; start += most) {
    chunks.push(rowsBetween(m, start, Math.min(start + most, m.rows)));
  }
  return chunks;
}

/** The named rows, in the order named: a copy. */
export function gather(m: Matrix, rows: ArrayLike<number>, out = matrix(rows.length, m.cols)): Matrix {
  for (let i = 0; i < rows.length; i++) out.data.set(row(m, rows[i]), i * m.cols);
  return out;
}

/**
 * One matrix above the other: a copy.
 *
 * @throws RangeError if the parts differ in cols
 */
export function stack(first: Matrix, ...others: readonly Matrix[]): Matrix {
  const parts = [first, ...others];
  const out = matrix(
    parts.reduce((rows, part) => rows + part.rows, 0),
    first.cols,
  );
  let at = 0;
  for (const part of parts) {
    checkEqual('stack', 'cols', part.cols, first.cols);
    out.data.set(part.data, at);
    at += part.data.length;
  }
  return out;
}

/** Two matrices that are not written yet, the second's rows below the first's in one memory: `stackedView` is of both. */
export function unwrittenPair(rows: number, others: number, cols: number): [Matrix, Matrix] {
  const both = unwritten(rows + others, cols);
  return [rowsBetween(both, 0, rows), rowsBetween(both, rows, rows + others)];
}

/** The second below the first where their numbers stand so in one memory, a view of both; undefined where they do not. */
export function stackedView(first: Matrix, second: Matrix): Matrix | undefined {
  const { buffer, byteOffset, length, byteLength } = first.data;
  const behind = second.data.buffer === buffer && second.data.byteOffset === byteOffset + byteLength;
  if (!behind || first.cols !== second.cols) return undefined;
  return matrix(
    first.rows + second.rows,
    first.cols,
    new Float32Array(buffer, byteOffset, length + second.data.length),
  );
}

/** Adds the second to the first, entry by entry, and gives it. */
export function addTo(sum: Matrix, { data }: Matrix): Matrix {
  const { data: to } = sum;
  for (let e = 0; e < data.length; e++) to[e] += data[e];
  return sum;
}
