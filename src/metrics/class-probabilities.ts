import { checkEqual, checkLabels } from '../core/check.ts';
import { row, type Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';

/** Logits of each class, and the class of each row. */
export function checkClasses(where: string, logits: Matrix, labels: ArrayLike<number>): void {
  checkEqual(where, 'labels.length', labels.length, logits.rows);
  checkFiniteRows(where, 'logits', logits);
  checkLabels(where, 'labels', labels, logits.cols);
}

/** log Σ exp(scale x) of a row, in float64. */
export function logSumExp(x: Float32Array, scale = 1): number {
  let largest = -Infinity;
  for (let c = 0; c < x.length; c++) largest = Math.max(largest, scale * x[c]);
  let sum = 0;
  for (let c = 0; c < x.length; c++) sum += Math.exp(scale * x[c] - largest);
  return largest + Math.log(sum);
}

/** The softmax of every row in float64, where the kernels' is float32: for each class a number a row. */
export function softmaxColumns(logits: Matrix): Float64Array[] {
  const columns = Array.from({ length: logits.cols }, () => new Float64Array(logits.rows));
  for (let i = 0; i < logits.rows; i++) {
    const x = row(logits, i);
    const total = logSumExp(x);
    columns.forEach((column, c) => (column[i] = Math.exp(x[c] - total)));
  }
  return columns;
}

/** The first of the largest. */
export function likeliest(x: Float32Array): number {
  let best = 0;
  for (let c = 1; c < x.length; c++) if (x[c] > x[best]) best = c;
  return best;
}
