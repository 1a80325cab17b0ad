import { row, type Matrix } from '../core/matrix.ts';
import { checkProbabilities } from './check-scores.ts';
import { checkClasses, logSumExp } from './class-probabilities.ts';

/** A probability of exactly 0 or 1 counts as this far from it: the log loss of a certain mistake is 36.04. */
const LEAST = 2 ** -52;

/**
 * -log p where the outcome is 1 and -log(1 - p) where it is 0: one value a row, whose mean is the log loss (binary cross-entropy).
 *
 * At least 0; log 2 for p = ½. Probabilities are held to [2⁻⁵², 1 - 2⁻⁵²], as scikit-learn does: the loss of logits has no
 * need of that (`logLossOfLogits`).
 *
 * @throws RangeError if the lengths differ, a probability is not in [0, 1] or an outcome is not 0 or 1
 * @see Good, "Rational decisions", 1952; scikit-learn's log_loss
 */
export function logLoss(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): Float64Array {
  checkProbabilities('logLoss', probabilities, outcomes);
  return Float64Array.from(probabilities, (p, i) => {
    const held = Math.min(1 - LEAST, Math.max(LEAST, p));
    return outcomes[i] === 1 ? -Math.log(held) : -Math.log1p(-held);
  });
}

/**
 * -log softmax(logits)[label]: one value a row, in float64.
 *
 * At least 0; the log of the number of classes where all logits are the same.
 *
 * @throws RangeError if the shapes do not fit, a logit is not finite or a label is no class
 * @see Good, "Rational decisions", 1952; scikit-learn's log_loss of the softmax
 */
export function logLossOfLogits(logits: Matrix, labels: ArrayLike<number>): Float64Array {
  checkClasses('logLossOfLogits', logits, labels);
  return Float64Array.from({ length: logits.rows }, (_, i) => {
    const x = row(logits, i);
    return logSumExp(x) - x[labels[i]];
  });
}
