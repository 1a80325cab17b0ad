import { row, type Matrix } from '../core/matrix.ts';
import { checkProbabilities } from './check-scores.ts';
import { checkClasses, logSumExp } from './class-probabilities.ts';

/**
 * (p - outcome)² of the probability of outcome 1: one value a row, whose mean is the Brier score.
 *
 * In [0, 1]; 0.25 for p = ½. Least in the mean where p is the true probability.
 *
 * @throws RangeError if the lengths differ, a probability is not in [0, 1] or an outcome is not 0 or 1
 * @see Brier, "Verification of forecasts expressed in terms of probability", 1950 (half of his, which sums over both outcomes); scikit-learn's brier_score_loss
 */
export function brier(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): Float64Array {
  checkProbabilities('brier', probabilities, outcomes);
  return Float64Array.from(probabilities, (p, i) => (p - outcomes[i]) ** 2);
}

/**
 * Σ_c (p_c - 1[c = label])² of p = softmax(logits): one value a row, whose mean is Brier's own score.
 *
 * In [0, 2]: of two classes twice what `brier` gives.
 *
 * @throws RangeError if the shapes do not fit, a logit is not finite or a label is no class
 * @see Brier, "Verification of forecasts expressed in terms of probability", 1950
 */
export function brierOfLogits(logits: Matrix, labels: ArrayLike<number>): Float64Array {
  checkClasses('brierOfLogits', logits, labels);
  return Float64Array.from({ length: logits.rows }, (_, i) => {
    const x = row(logits, i);
    const total = logSumExp(x);
    return x.reduce((sum, logit, c) => sum + (Math.exp(logit - total) - Number(c === labels[i])) ** 2, 0);
  });
}
