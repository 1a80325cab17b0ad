import { checkEqual, refuse } from '../core/check.ts';
import { type Matrix, matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';

/** The least and the largest number of each column of a corpus: what int8 codes are calibrated on. */
export interface Ranges {
  /** cols */
  readonly least: Float32Array;
  /** cols */
  readonly most: Float32Array;
}

/** Ranges of rows that come a chunk at a time. */
export function ranges(cols: number): Ranges & { meet(rows: Matrix): void } {
  const [least, most] = [new Float32Array(cols).fill(Infinity), new Float32Array(cols).fill(-Infinity)];
  return {
    least,
    most,
    meet({ rows, cols: found, data }) {
      checkEqual('ranges', 'rows.cols', found, cols);
      for (let i = 0, e = 0; i < rows; i++) {
        for (let c = 0; c < cols; c++, e++) {
          if (data[e] < least[c]) least[c] = data[e];
          if (data[e] > most[c]) most[c] = data[e];
        }
      }
    },
  };
}

/**
 * A byte a number: 255 equal steps from the least number of its column to the largest, code -128 to 127, each number taken to the nearest.
 *
 * The calibration of sentence-transformers' quantize_embeddings, which cuts toward zero where this rounds, so that codes differ by at
 * most one. Numbers past the ranges take the code at their end; a column of one number only has code -128.
 *
 * @throws RangeError if the rows have other columns than the ranges
 */
export function int8Codes({ rows, cols, data }: Matrix, { least, most }: Ranges): Int8Array {
  checkEqual('int8Codes', 'rows.cols', cols, least.length);
  const codes = new Int8Array(rows * cols);
  const perStep = least.map((low, c) => (most[c] > low ? 255 / (most[c] - low) : 0));
  for (let i = 0, e = 0; i < rows; i++) {
    for (let c = 0; c < cols; c++, e++) {
      const step = Math.round((data[e] - least[c]) * perStep[c]);
      codes[e] = Math.min(255, Math.max(0, step)) - 128;
    }
  }
  return codes;
}

/** The numbers that such codes stand for: each within half a step of what it was. */
export function int8Decoded(codes: Int8Array, { least, most }: Ranges): Matrix {
  const cols = least.length;
  if (cols === 0 || codes.length % cols !== 0)
    refuse('int8Decoded', `codes must be rows of ${cols}`, codes.length);
  const out = matrix(codes.length / cols, cols);
  const steps = least.map((low, c) => (most[c] - low) / 255);
  for (let i = 0, e = 0; i < out.rows; i++) {
    for (let c = 0; c < cols; c++, e++) out.data[e] = least[c] + (codes[e] + 128) * steps[c];
  }
  return out;
}

/**
 * A bit a number, whether it is above 0, as 1 and -1 for the kernels: the inner product of two such rows is cols - 2 · their Hamming
 * distance, exactly, so that they are ranked by it.
 */
export function signs({ rows, cols, data }: Matrix): Matrix {
  return matrix(
    rows,
    cols,
    data.map((value) => (value > 0 ? 1 : -1)),
  );
}

/**
 * The first `dims` numbers of each row, as a row of length 1 (a zero row stays one): what is left of Matryoshka embeddings.
 *
 * @throws RangeError if rows do not have so many
 */
export function truncated(rows: Matrix, dims: number): Matrix {
  if (!(Number.isInteger(dims) && dims >= 1 && dims <= rows.cols))
    refuse('truncated', `dims must be a whole number in [1, ${rows.cols}]`, dims);
  const cut = matrix(rows.rows, dims);
  for (let i = 0; i < rows.rows; i++) {
    cut.data.set(rows.data.subarray(i * rows.cols, i * rows.cols + dims), i * dims);
  }
  return kernels.normalize(cut).unit;
}
