import { refuse } from '../core/check.ts';
import { row, type Matrix } from '../core/matrix.ts';
import { checkClasses, logSumExp } from './class-probabilities.ts';

const [LEAST, MOST] = [0.01, 100];

/**
 * Temperature scaling: the T for which softmax(logits / T) has the least log loss. It changes how sure a model is, and never which
 * class it takes. Fit it on rows that neither trained the model nor measure it.
 *
 * In [0.01, 100], the ends where the loss still falls beyond them: where every row is right, or no class is more likely for its own rows.
 *
 * @throws RangeError if there are no rows, the shapes do not fit, a logit is not finite or a label is no class
 * @see Guo et al., "On calibration of modern neural networks", 2017 (which takes L-BFGS to the same minimum: the loss is convex in 1 / T)
 */
export function fitTemperature(logits: Matrix, labels: ArrayLike<number>): number {
  checkClasses('fitTemperature', logits, labels);
  if (logits.rows === 0) refuse('fitTemperature', 'logits must have rows', 'none');
  // the slope rises with 1 / T: its root is found by halving the logarithm
  let [low, high] = [Math.log(1 / MOST), Math.log(1 / LEAST)];
  if (slope(logits, labels, 1 / MOST) >= 0) return MOST;
  if (slope(logits, labels, 1 / LEAST) <= 0) return LEAST;
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (slope(logits, labels, Math.exp(middle)) < 0) low = middle;
    else high = middle;
  }
  return Math.exp(-(low + high) / 2);
}

/** Of the log loss along the inverse temperature: Σ_i Σ_c p_c x_c - x_label. */
function slope(logits: Matrix, labels: ArrayLike<number>, inverse: number): number {
  let sum = 0;
  for (let i = 0; i < logits.rows; i++) {
    const x = row(logits, i);
    const total = logSumExp(x, inverse);
    const own = x[labels[i]];
    // differences from the label's, so that rows with equal logits add exactly 0
    for (let c = 0; c < x.length; c++) sum += Math.exp(inverse * x[c] - total) * (x[c] - own);
  }
  return sum;
}
