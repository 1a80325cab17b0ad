import { expect } from 'vitest';
import { matrix, type Matrix } from '../src/core/matrix.ts';
import { random } from '../src/core/random.ts';

/** Standard normal entries, which the key alone decides: no ties, no zero rows. */
export function gaussian(rows: number, cols: number, ...key: readonly number[]): Matrix {
  const { normal } = random(...key);
  return matrix(rows, cols, Float32Array.from({ length: rows * cols }, normal));
}

/** Whole numbers in -most … most, which the key alone decides: products of them are exact, and often equal. */
export function wholeNumbers(rows: number, cols: number, most: number, ...key: readonly number[]): Matrix {
  const { below } = random(...key);
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => below(2 * most + 1) - most),
  );
}

/** NaN everywhere: what must be overwritten, and not added to. */
export function noise(rows: number, cols: number): Matrix {
  return matrix(rows, cols, new Float32Array(rows * cols).fill(NaN));
}

/** The same entries times a factor. */
export function scaled({ rows, cols, data }: Matrix, factor: number): Matrix {
  return matrix(
    rows,
    cols,
    data.map((value) => factor * value),
  );
}

/** Expects numbers that differ by no more than `tolerance` times the largest of them, or times 1 where all are smaller. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual.length, 'length').toBe(expected.length);
  const most = Array.from(expected).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  for (let e = 0; e < expected.length; e++) {
    const error = Math.abs(actual[e] - expected[e]);
    // written so that NaN fails
    if (!(error <= tolerance * most)) expect(actual[e], `entry ${e}`).toBe(expected[e]);
  }
}

/** A copy that begins 4 bytes off: no vector of it is aligned. */
export function askew(m: Matrix): Matrix {
  const data = new Float32Array(m.data.length + 1).subarray(1);
  data.set(m.data);
  return matrix(m.rows, m.cols, data);
}
