import { matrix, row, type Matrix } from '../../core/matrix.ts';

export function logSoftmax(x: Matrix, out = matrix(x.rows, x.cols)): Matrix {
  for (let i = 0; i < x.rows; i++) {
    const [from, to] = [row(x, i), row(out, i)];
    // shifted by the largest, no exp overflows and the largest's is 1
    const top = from.reduce((most, value) => Math.max(most, value), -Infinity);
    const log = Math.log(from.reduce((sum, value) => sum + Math.exp(value - top), 0));
    for (let c = 0; c < from.length; c++) to[c] = from[c] - top - log;
  }
  return out;
}

export function logSoftmaxBackward(
  value: Matrix,
  upstream: Matrix,
  out = matrix(value.rows, value.cols),
): Matrix {
  for (let i = 0; i < value.rows; i++) {
    const [logs, from, to] = [row(value, i), row(upstream, i), row(out, i)];
    const total = from.reduce((sum, slope) => sum + slope, 0);
    for (let c = 0; c < logs.length; c++) to[c] = from[c] - Math.exp(logs[c]) * total;
  }
  return out;
}
