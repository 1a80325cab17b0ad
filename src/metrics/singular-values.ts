import type { Matrix } from '../core/matrix.ts';
import { pauses } from '../core/patience.ts';
import { symmetricEigenvalues } from './symmetric-eigenvalues.ts';

/**
 * The singular values of Aᵀ B, the greatest first, as many as the smaller has columns: roots of the eigenvalues of (Aᵀ B)ᵀ (Aᵀ B), all in float64.
 * Without B those of A itself, as many as the smaller of its sides.
 *
 * What is less than about 1e-8 of the greatest is rounding, and 0.
 */
export async function singularValues(a: Matrix, b?: Matrix): Promise<Float64Array> {
  const pieces = inPieces(a, b);
  const pause = pauses();
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return value;
    await pause();
  }
}

/** The same of a few rows at once. */
export function singularValuesOfFew(a: Matrix): Float64Array {
  const pieces = inPieces(a);
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return value;
  }
}

function* inPieces(a: Matrix, b?: Matrix): Generator<void, Float64Array, void> {
  if (b === undefined) {
    const flat = a.rows < a.cols ? transposed(a) : a;
    return roots(yield* transposedTimes(flat, flat), flat.cols);
  }
  const [wide, narrow] = a.cols < b.cols ? [b, a] : [a, b];
  const product = { rows: wide.cols, cols: narrow.cols, data: yield* transposedTimes(wide, narrow) };
  return roots(yield* transposedTimes(product, product), narrow.cols);
}

interface Doubles {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array | Float64Array;
}

/** Squares less than this share of the greatest are rounding. */
const ROUNDING = 2 ** -52;

function roots(squares: Float64Array, dim: number): Float64Array {
  const eigenvalues = symmetricEigenvalues(squares, dim);
  const least = ROUNDING * dim * (eigenvalues[0] ?? 0);
  return eigenvalues.map((value) => (value > least ? Math.sqrt(value) : 0));
}

/** Aᵀ B in float64, row after row; the core's products are of float32, whose rounding would count as small singular values. */
function* transposedTimes(a: Doubles, b: Doubles): Generator<void, Float64Array, void> {
  const out = new Float64Array(a.cols * b.cols);
  const y = new Float64Array(b.cols);
  for (let i = 0; i < a.rows; i++) {
    y.set(b.data.subarray(i * b.cols, (i + 1) * b.cols));
    for (let k = 0; k < a.cols; k++) {
      const x = a.data[i * a.cols + k];
      const at = k * b.cols;
      for (let l = 0; l < y.length; l++) out[at + l] += x * y[l];
    }
    yield;
  }
  return out;
}

function transposed({ rows, cols, data }: Matrix): Doubles {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let k = 0; k < cols; k++) out[k * rows + i] = data[i * cols + k];
  return { rows: cols, cols: rows, data: out };
}
