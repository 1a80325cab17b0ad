import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../../src/core/matrix.ts';
import { plain } from '../../../src/kernels/plain/plain.ts';
import { expectClose, gaussian, noise, wholeNumbers } from '../../matrices.ts';

/** Σ_k left(i, k) · right(k, j), the slow way. */
function product(
  rows: number,
  inner: number,
  cols: number,
  left: (i: number, k: number) => number,
  right: (k: number, j: number) => number,
): Matrix {
  const out = matrix(rows, cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += left(i, k) * right(k, j);
      out.data[i * cols + j] = sum;
    }
  }
  return out;
}

const entry = (m: Matrix) => (i: number, k: number) => m.data[i * m.cols + k];
const transposedEntry = (m: Matrix) => (k: number, i: number) => m.data[i * m.cols + k];

/** None, one, and sizes at both sides of the two rows, the four columns and the panel of 64 that are taken at a time. */
const size = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 9, 63, 64, 65, 67, 130);

describe('products of the plain kernels', () => {
  it('are those of a triple loop, exactly, on whole numbers', () => {
    fc.assert(
      fc.property(size, size, size, fc.nat(), (rows, inner, cols, seed) => {
        const [a, b] = [wholeNumbers(rows, inner, 9, seed, 1), wholeNumbers(inner, cols, 9, seed, 2)];
        const [across, down] = [wholeNumbers(cols, inner, 9, seed, 3), wholeNumbers(inner, rows, 9, seed, 4)];
        expect(plain.times(a, b)).toEqual(product(rows, inner, cols, entry(a), entry(b)));
        expect(plain.timesTransposed(a, across)).toEqual(
          product(rows, inner, cols, entry(a), transposedEntry(across)),
        );
        expect(plain.transposedTimes(down, b)).toEqual(
          product(rows, inner, cols, transposedEntry(down), entry(b)),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('are summed in float64', () => {
    // in float32 1e8 + 1 is 1e8, and the sum would be 0
    const [a, ones] = [matrix(1, 3, Float32Array.of(1e8, 1, -1e8)), matrix(1, 3, Float32Array.of(1, 1, 1))];
    expect(plain.timesTransposed(a, ones).data[0]).toBe(1);
  });

  it('are written over what they are handed', () => {
    const [a, b] = [gaussian(5, 3, 1), gaussian(7, 3, 2)];
    const out = noise(5, 7);
    expect(plain.timesTransposed(a, b, out)).toBe(out);
    expect(out).toEqual(plain.timesTransposed(a, b));
    expect(plain.times(a, matrix(3, 7, gaussian(3, 7, 3).data), out)).toBe(out);
    expect(plain.transposedTimes(gaussian(4, 5, 4), gaussian(4, 7, 5), out)).toBe(out);
    expectClose(out.data, plain.transposedTimes(gaussian(4, 5, 4), gaussian(4, 7, 5)).data, 0);
  });

  it('are zero where there is nothing to sum', () => {
    const out = noise(2, 3);
    expect(plain.timesTransposed(matrix(2, 0), matrix(3, 0), out)).toEqual(matrix(2, 3));
  });
});
