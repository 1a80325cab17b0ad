import { matrix, row, type Matrix } from '../../core/matrix.ts';

/** Columns less their means. */
export interface Centered {
  /** rows × cols */
  readonly rows: Matrix;
  /** cols; of each column, the sum of squares of what is left */
  readonly squares: Float64Array;
}

/** A copy with the mean of each column taken out. */
export function centered(m: Matrix): Centered {
  const means = new Float64Array(m.cols);
  const squares = new Float64Array(m.cols);
  const out = matrix(m.rows, m.cols);
  for (let i = 0; i < m.rows; i++) {
    const x = row(m, i);
    for (let k = 0; k < x.length; k++) means[k] += x[k] / m.rows;
  }
  for (let i = 0; i < m.rows; i++) {
    const [x, rest] = [row(m, i), row(out, i)];
    for (let k = 0; k < x.length; k++) {
      const apart = x[k] - means[k];
      rest[k] = apart;
      squares[k] += apart * apart;
    }
  }
  return { rows: out, squares };
}
