import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkEqual, checkOneOf } from '../../core/check.ts';
import { checkRowsBetween } from '../../kernels/check-rows.ts';
import { checkedWeights } from './classes.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';

export interface BinaryCrossEntropyOptions extends ElementwiseOptions {
  /** What the predictions are. @default 'logits' */
  readonly from?: 'logits' | 'probabilities';
  /** What the positive part of each column is multiplied by: one finite number >= 0 a column. @default 1 for all */
  readonly positiveWeight?: ArrayLike<number>;
}

/**
 * -w y log p - (1 - y) log(1 - p) for probability p = σ(x) of logit x, target y in [0, 1] and w the column's positive weight; one
 * term an entry, one column a label, of which several may be right.
 *
 * At least 0; log 2 at logit 0 without weights. Slope along a logit σ(x) - y where w is 1, stable at any finite logit: nothing
 * is clamped. From probabilities it is torch's: no logarithm is less than -100, and the slope divides by no less than 1e-12, so
 * that a probability of exactly 0 or 1 has slope 0 where it is right and 1e12 where it is wrong, although the value is flat
 * there. No entries: value 0. The gradients may be written over the predictions and the targets.
 *
 * @throws RangeError if positiveWeight is not a finite number >= 0 for each column, from is none of its names, a target or a
 * probability is outside [0, 1], the shapes differ or a number is not finite
 * @see Cox, "The regression analysis of binary sequences", 1958; torch's binary_cross_entropy_with_logits, where positiveWeight is pos_weight,
 *   and its binary_cross_entropy
 */
export function binaryCrossEntropy({
  from = 'logits',
  positiveWeight,
  ...options
}: BinaryCrossEntropyOptions = {}): Loss<Targets, TargetGradients> {
  const where = 'binaryCrossEntropy';
  checkOneOf(where, 'from', from, ['logits', 'probabilities']);
  const columnWeights = positiveWeight && checkedWeights(where, 'positiveWeight', positiveWeight);
  const kind = from === 'logits' ? 'binaryCrossEntropy' : 'binaryCrossEntropyOfProbabilities';
  const loss = elementwise(where, { kind, columnWeights }, options);
  return (batch, into) => {
    if (columnWeights !== undefined) {
      checkEqual(where, 'positiveWeight.length', columnWeights.length, batch.predictions.cols);
    }
    if (from === 'probabilities') checkRowsBetween(where, 'predictions', batch.predictions, [0, 1]);
    checkRowsBetween(where, 'targets', batch.targets, [0, 1]);
    return loss(batch, into);
  };
}
