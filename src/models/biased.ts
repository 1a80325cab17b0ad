import type { Matrix } from '../core/matrix.ts';

/** Adds the bias to each row, and gives them. */
export function biased(rows: Matrix, bias: Matrix): Matrix {
  const { cols, data } = rows;
  for (let start = 0; start < data.length; start += cols) {
    for (let k = 0; k < cols; k++) data[start + k] += bias.data[k];
  }
  return rows;
}
