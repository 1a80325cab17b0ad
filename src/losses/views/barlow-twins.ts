import type { ViewGradients, Views } from '../../core/batches.ts';
import { checkNonNegative, checkPositive } from '../../core/check.ts';
import { row, type Matrix } from '../../core/matrix.ts';
import { viewGradients } from '../../core/views.ts';
import { kernels } from '../../kernels/active.ts';
import { checkViews } from '../../kernels/check-views.ts';
import type { Loss } from '../loss.ts';
import { centered } from './columns.ts';

export interface BarlowTwinsOptions {
  /** What the correlation of different columns, squared, is multiplied by. @default 0.0051 */
  readonly lambda?: number;
  /** Added to a variance before its root is taken, as a batch norm does. @default 1e-5 */
  readonly epsilon?: number;
}

/**
 * Σ_k (C_kk - 1)² + lambda Σ_{k ≠ l} C_kl², with C_kl the correlation of column k of the anchors and column l of the positives over
 * the rows. `terms` are the two sums, the second times lambda.
 *
 * At least 0. A column that does not vary has correlation 0 with all and no gradient. Each view is normalized by its own mean and
 * (biased) variance, as by the authors (lightly up to 1.5.9 normalizes both together). Fewer than two rows correlate with nothing:
 * value 0. Negatives are not looked at; their gradient is 0.
 *
 * @throws RangeError if lambda is not a finite number >= 0, epsilon is not one > 0, or the views' shapes do not fit one another
 * @see Zbontar et al., "Barlow Twins: self-supervised learning via redundancy reduction", 2021, eq. 1
 */
export function barlowTwins({ lambda = 0.0051, epsilon = 1e-5 }: BarlowTwinsOptions = {}): Loss<
  Views,
  ViewGradients
> {
  checkNonNegative('barlowTwins', 'lambda', lambda);
  checkPositive('barlowTwins', 'epsilon', epsilon);
  return (views, into = {}) => {
    checkViews('barlowTwins', views);
    const gradients = viewGradients(views, into);
    const { rows, cols } = views.anchors;
    if (rows < 2) {
      for (const { data } of Object.values(gradients)) data.fill(0);
      return { value: 0, gradients, active: 0 };
    }
    gradients.negatives?.data.fill(0);
    const x = standardized(views.anchors, epsilon);
    const y = standardized(views.positives, epsilon);
    // rows times the correlations, in whose place come the slopes
    const slopes = kernels.transposedTimes(x.rows, y.rows);
    let [same, different] = [0, 0];
    for (let k = 0; k < cols; k++) {
      for (let l = 0; l < cols; l++) {
        const off = slopes.data[k * cols + l] / rows - Number(k === l);
        if (k === l) same += off * off;
        else different += lambda * off * off;
        slopes.data[k * cols + l] = (2 * (k === l ? 1 : lambda) * off) / rows;
      }
    }
    kernels.timesTransposed(y.rows, slopes, gradients.anchors);
    kernels.times(x.rows, slopes, gradients.positives);
    standardizedBackward(x, gradients.anchors);
    standardizedBackward(y, gradients.positives);
    return {
      value: same + different,
      terms: Float32Array.of(same, different),
      active: Number(same > 0) + Number(different > 0),
      gradients,
    };
  };
}

/** Columns of mean 0 and variance 1, or a little less. */
interface Standardized {
  readonly rows: Matrix;
  /** cols; what each was divided by */
  readonly deviations: Float64Array;
}

function standardized(m: Matrix, epsilon: number): Standardized {
  const { rows, squares } = centered(m);
  const deviations = squares.map((square) => Math.sqrt(square / m.rows + epsilon));
  for (let i = 0; i < m.rows; i++) {
    const z = row(rows, i);
    for (let k = 0; k < z.length; k++) z[k] /= deviations[k];
  }
  return { rows, deviations };
}

/** Chain rule of `standardized`, in place: (u - mean(u) - z mean(u z)) / deviation for upstream column u. */
function standardizedBackward({ rows: z, deviations }: Standardized, upstream: Matrix): void {
  const means = new Float64Array(z.cols);
  const along = new Float64Array(z.cols);
  for (let e = 0; e < z.data.length; e++) {
    means[e % z.cols] += upstream.data[e] / z.rows;
    along[e % z.cols] += (upstream.data[e] * z.data[e]) / z.rows;
  }
  for (let e = 0; e < z.data.length; e++) {
    const k = e % z.cols;
    upstream.data[e] = (upstream.data[e] - means[k] - z.data[e] * along[k]) / deviations[k];
  }
}
