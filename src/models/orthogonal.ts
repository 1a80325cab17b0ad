import { matrix, type Matrix } from '../core/matrix.ts';
import { random } from '../core/random.ts';

/**
 * A random matrix whose columns are of length 1 and at right angles, or whose rows are where there are fewer of them: a turn, which keeps
 * lengths and angles where it does not drop columns.
 *
 * @see Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2014
 */
export function orthogonal(rows: number, cols: number, seed: number): Matrix {
  const { normal } = random(seed);
  const [count, length] = [Math.min(rows, cols), Math.max(rows, cols)];
  const basis: Float64Array[] = [];
  while (basis.length < count) {
    const next = Float64Array.from({ length }, normal);
    // twice, since what the first time leaves along the others is rounding (Giraud and others, 2005)
    for (let time = 0; time < 2; time++) {
      for (const other of basis) {
        const along = product(next, other);
        for (let k = 0; k < length; k++) next[k] -= along * other[k];
      }
    }
    const norm = Math.sqrt(product(next, next));
    basis.push(next.map((entry) => entry / norm));
  }
  const out = matrix(rows, cols);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < cols; k++) out.data[i * cols + k] = rows < cols ? basis[i][k] : basis[k][i];
  }
  return out;
}

function product(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += x[k] * y[k];
  return sum;
}
