import { checkEqual, refuse } from '../core/check.ts';
import { matrix, type Matrix } from '../core/matrix.ts';

/** x ↦ x - mean. */
export interface Centering {
  /** 1 × dim */
  readonly mean: Matrix;
  /** A centered copy. */
  apply(rows: Matrix): Matrix;
}

/**
 * Subtracts the mean of the rows it is fitted on. A zero row stands for a text without a vector: it counts in no mean and
 * stays zero.
 *
 * @throws RangeError if there is nothing to fit it on, or columns differ, here or at `apply`
 */
export function centering(fitted: readonly Matrix[]): Centering {
  if (fitted.length === 0) refuse('centering', 'there must be rows to fit it on', 'none');
  const dim = fitted[0].cols;
  const sums = new Float64Array(dim);
  let counted = 0;
  for (const rows of fitted) {
    checkEqual('centering', 'cols', rows.cols, dim);
    forEachRow(rows, (values) => {
      counted++;
      for (let k = 0; k < dim; k++) sums[k] += values[k];
    });
  }
  const mean = matrix(
    1,
    dim,
    Float32Array.from(sums, (sum) => (counted === 0 ? 0 : sum / counted)),
  );
  return {
    mean,
    apply: (rows) => centered(mean, rows),
  };
}

/**
 * A copy of some rows less a mean (1 × dim); a zero row stays zero.
 *
 * @throws RangeError if columns differ
 */
export function centered(mean: Matrix, rows: Matrix): Matrix {
  const dim = mean.cols;
  checkEqual('centering', 'rows.cols', rows.cols, dim);
  const out = matrix(rows.rows, dim, rows.data.slice());
  forEachRow(out, (values) => {
    for (let k = 0; k < dim; k++) values[k] -= mean.data[k];
  });
  return out;
}

function forEachRow({ rows, cols, data }: Matrix, visit: (values: Float32Array) => void): void {
  for (let i = 0; i < rows; i++) {
    const values = data.subarray(i * cols, (i + 1) * cols);
    if (values.some((value) => value !== 0)) visit(values);
  }
}
