import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkEqual } from '../../core/check.ts';
import { checkRowsBetween } from '../../kernels/check-rows.ts';
import { checkedWeights } from './class-weights.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';

export interface BinaryCrossEntropyOptions extends ElementwiseOptions {
  /** What the positive part of each column is multiplied by: one finite number >= 0 a column. @default 1 for all */
  readonly positiveWeight?: ArrayLike<number>;
}

/**
 * -w y log σ(x) - (1 - y) log(1 - σ(x)) for logit x, target y in [0, 1] and w the column's positive weight; one term an entry.
 *
 * At least 0; log 2 at logit 0 without weights. Slope σ(x) - y where w is 1. Stable at any finite logit: nothing is clamped (torch's
 * binary_cross_entropy, of probabilities, ends at 100). No entries: value 0. The gradient may be written over the
 * predictions, which are the logits: one column a label, of which several may be right.
 *
 * @throws RangeError if positiveWeight is not a finite number >= 0 for each column, a target is outside [0, 1], the shapes
 * differ or a number is not finite
 * @see torch's binary_cross_entropy_with_logits, where positiveWeight is pos_weight
 */
export function binaryCrossEntropy({ positiveWeight, ...options }: BinaryCrossEntropyOptions = {}): Loss<
  Targets,
  TargetGradients
> {
  const where = 'binaryCrossEntropy';
  const positiveWeights = positiveWeight && checkedWeights(where, 'positiveWeight', positiveWeight);
  const loss = elementwise(where, { kind: 'binaryCrossEntropy', positiveWeights }, options);
  return (batch, into) => {
    if (positiveWeights !== undefined) {
      checkEqual(where, 'positiveWeight.length', positiveWeights.length, batch.predictions.cols);
    }
    checkRowsBetween(where, 'targets', batch.targets, [0, 1]);
    return loss(batch, into);
  };
}
