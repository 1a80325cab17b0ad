import type { TargetGradients, Targets } from '../../core/batches.ts';
import type { ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';
import { signed } from './signed.ts';

/**
 * max(0, 1 - y s)² where y s >= -1 and -4 y s where it is less, for score s and target y, 1 or -1; one term an entry.
 *
 * At least 0. The squared hinge with a line where the parabola would be steeper than 4: an outlier counts by its size. The
 * slope has no step. No entries: value 0. The gradient may be written over the predictions.
 *
 * @throws RangeError if a target is neither 1 nor -1, the shapes differ or a number is not finite
 * @see Zhang, "Solving large scale linear prediction problems using stochastic gradient descent", 2004; scikit-learn's ModifiedHuber
 */
export function modifiedHuber(options: ElementwiseOptions = {}): Loss<Targets, TargetGradients> {
  return signed('modifiedHuber', { kind: 'modifiedHuber' }, options);
}
