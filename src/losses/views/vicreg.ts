import type { ViewGradients, Views } from '../../core/batches.ts';
import { checkNonNegative, checkPositive } from '../../core/check.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';
import { viewGradients } from '../../core/views.ts';
import { kernels } from '../../kernels/active.ts';
import { checkViews } from '../../kernels/check-views.ts';
import type { Loss } from '../loss.ts';
import { centered } from './columns.ts';

export interface VicregOptions {
  /** What the mean squared difference of the views is multiplied by. @default 25 */
  readonly invariance?: number;
  /** What the lack of spread of each column is multiplied by. @default 25 */
  readonly variance?: number;
  /** What the covariance of two columns, squared, is multiplied by. @default 1 */
  readonly covariance?: number;
  /** Added to a variance before its root is taken. @default 1e-4 */
  readonly epsilon?: number;
}

/**
 * invariance · mean((x - y)²) + variance · (v(x) + v(y)) / 2 + covariance · (c(x) + c(y)) for anchors x and positives y, with v the
 * mean over the columns of max(0, 1 - √(var + epsilon)), and c the sum over pairs of columns of cov², divided by the number of columns.
 * `terms` are the three, which add up to the value.
 *
 * At least 0. Variances and covariances are divided by rows - 1: fewer than two rows have none, and then the value is 0. Negatives
 * are not looked at; their gradient is 0.
 *
 * @throws RangeError if a factor is not a finite number >= 0, epsilon is not one > 0, or the views' shapes do not fit one another
 * @see Bardes et al., "VICReg: variance-invariance-covariance regularization for self-supervised learning", 2022, eq. 1-6. As in
 *   the authors' code and pytorch-metric-learning, and not in the equations, v is halved and the difference is a mean over columns too.
 */
export function vicreg({
  invariance = 25,
  variance = 25,
  covariance = 1,
  epsilon = 1e-4,
}: VicregOptions = {}): Loss<Views, ViewGradients> {
  checkNonNegative('vicreg', 'invariance', invariance);
  checkNonNegative('vicreg', 'variance', variance);
  checkNonNegative('vicreg', 'covariance', covariance);
  checkPositive('vicreg', 'epsilon', epsilon);
  return (views, into = {}) => {
    checkViews('vicreg', views);
    const { anchors, positives } = views;
    const gradients = viewGradients(views, into);
    if (anchors.rows < 2 || anchors.cols === 0) {
      for (const { data } of Object.values(gradients)) data.fill(0);
      return { value: 0, gradients, active: 0 };
    }
    const { anchors: dx, positives: dy, negatives } = gradients;
    negatives?.data.fill(0);
    const factors = { variance, covariance, epsilon };
    const [ofX, ofY] = [spread(anchors, factors, dx), spread(positives, factors, dy)];
    const apart = matrix(anchors.rows, anchors.cols);
    const { value: difference } = kernels.elementwise(
      {
        kind: 'squared',
        predictions: anchors,
        targets: positives,
        parameter: 0,
        upstream: invariance / apart.data.length,
        listed: false,
      },
      apart,
    );
    apart.data.forEach((slope, e) => {
      dx.data[e] += slope;
      dy.data[e] -= slope;
    });
    const terms = [difference, ofX.variance + ofY.variance, ofX.covariance + ofY.covariance];
    return {
      value: terms[0] + terms[1] + terms[2],
      terms: Float32Array.from(terms),
      active: terms.filter((term) => term > 0).length,
      gradients,
    };
  };
}

interface Spread {
  readonly variance: number;
  readonly covariance: number;
}

/** The variance and covariance terms of one view, and their gradient. */
function spread(view: Matrix, factors: Spread & { readonly epsilon: number }, gradient: Matrix): Spread {
  const { rows, cols } = view;
  const x = centered(view);
  // the products of columns, in whose place comes what their gradient takes of each column
  const weights = kernels.transposedTimes(x.rows, x.rows);
  let [variance, covariance] = [0, 0];
  for (let k = 0; k < cols; k++) {
    for (let l = 0; l < cols; l++) {
      if (l === k) continue;
      const share = weights.data[k * cols + l] / (rows - 1);
      covariance += (factors.covariance / cols) * share * share;
      weights.data[k * cols + l] = (4 * (factors.covariance / cols) * share) / (rows - 1);
    }
    const deviation = Math.sqrt(x.squares[k] / (rows - 1) + factors.epsilon);
    variance += (factors.variance / (2 * cols)) * Math.max(0, 1 - deviation);
    weights.data[k * cols + k] = deviation < 1 ? -factors.variance / (2 * cols * deviation * (rows - 1)) : 0;
  }
  kernels.times(x.rows, weights, gradient);
  return { variance, covariance };
}
