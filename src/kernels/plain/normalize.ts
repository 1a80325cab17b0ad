import { matrix, type Matrix } from '../../core/matrix.ts';
import type { Normalized } from '../kernels.ts';

export function normalize(x: Matrix): Normalized {
  const unit = matrix(x.rows, x.cols);
  const norms = rowSquares(x).map(Math.sqrt);
  for (let i = 0; i < x.rows; i++) {
    if (norms[i] === 0) continue;
    for (let e = i * x.cols; e < (i + 1) * x.cols; e++) unit.data[e] = x.data[e] / norms[i];
  }
  return { unit, norms };
}

/** Of each row, the inner product with itself. */
export function rowSquares(x: Matrix): Float64Array {
  const squares = new Float64Array(x.rows);
  for (let i = 0; i < x.rows; i++) {
    for (let e = i * x.cols; e < (i + 1) * x.cols; e++) squares[i] += x.data[e] * x.data[e];
  }
  return squares;
}

export function normalizeBackward(
  { unit, norms }: Normalized,
  upstream: Matrix,
  out = matrix(unit.rows, unit.cols),
): Matrix {
  for (let i = 0; i < unit.rows; i++) {
    const [start, end] = [i * unit.cols, (i + 1) * unit.cols];
    let along = 0;
    for (let e = start; e < end; e++) along += upstream.data[e] * unit.data[e];
    for (let e = start; e < end; e++) {
      out.data[e] = norms[i] === 0 ? 0 : (upstream.data[e] - along * unit.data[e]) / norms[i];
    }
  }
  return out;
}
