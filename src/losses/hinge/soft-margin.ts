import type { TargetGradients, Targets } from '../../core/batches.ts';
import type { ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';
import { signed } from './signed.ts';

/**
 * log(1 + exp(-y s)) for score s and target y, 1 or -1; one term an entry.
 *
 * Above 0, and log 2 at score 0. Slope -y / (1 + exp(y s)). `binaryCrossEntropy` with its targets -1 and 1 instead of 0 and 1. Stable at
 * any finite score (torch's soft_margin_loss overflows where exp does, and ends at 0 where 1 + exp(-y s) rounds to 1). No
 * entries: value 0. The gradient may be written over the predictions.
 *
 * @throws RangeError if a target is neither 1 nor -1, the shapes differ or a number is not finite
 * @see Cox, "The regression analysis of binary sequences", 1958 (as a likelihood); torch's soft_margin_loss; scikit-learn's log loss
 */
export function softMargin(options: ElementwiseOptions = {}): Loss<Targets, TargetGradients> {
  return signed('softMargin', { kind: 'softMargin' }, options);
}
