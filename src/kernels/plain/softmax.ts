import { matrix, row, type Matrix } from '../../core/matrix.ts';

export function softmax(x: Matrix, out = matrix(x.rows, x.cols)): Matrix {
  return logSumExpBackward(x, new Float64Array(x.rows).fill(1), out);
}

export function softmaxBackward(
  value: Matrix,
  upstream: Matrix,
  out = matrix(value.rows, value.cols),
): Matrix {
  for (let i = 0; i < value.rows; i++) {
    const [shares, from, to] = [row(value, i), row(upstream, i), row(out, i)];
    const mean = from.reduce((sum, slope, c) => sum + shares[c] * slope, 0);
    for (let c = 0; c < shares.length; c++) to[c] = shares[c] * (from[c] - mean);
  }
  return out;
}

export function logSumExp(x: Matrix): Float64Array {
  return Float64Array.from({ length: x.rows }, (_, i) => {
    const { top, sum } = peakOf(row(x, i));
    return top + Math.log(sum);
  });
}

export function logSumExpBackward(x: Matrix, upstream: Float64Array, out = matrix(x.rows, x.cols)): Matrix {
  for (let i = 0; i < x.rows; i++) {
    const [from, to] = [row(x, i), row(out, i)];
    const { top, sum } = peakOf(from);
    for (let c = 0; c < from.length; c++) to[c] = (upstream[i] * Math.exp(from[c] - top)) / sum;
  }
  return out;
}

/** The largest number of a row, and Σ exp(x - top): shifted so, no exp overflows and the largest's is 1. */
function peakOf(x: Float32Array): { top: number; sum: number } {
  const top = x.reduce((most, value) => Math.max(most, value), -Infinity);
  return { top, sum: x.reduce((sum, value) => sum + Math.exp(value - top), 0) };
}
