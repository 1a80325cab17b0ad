import type { TargetGradients, Targets } from '../../core/batches.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';

/**
 * |prediction - target|, one term an entry.
 *
 * At least 0. The slope is the sign of the difference, and 0 where there is none (torch's choice). No entries: value 0. The
 * gradient may be written over the predictions. Minus the logarithm of a Laplace likelihood, up to a factor and a constant.
 *
 * @throws RangeError if the shapes differ or a number is not finite
 * @see Laplace, 1774, on the law of errors that bears his name; torch's l1_loss
 */
export function mae(options: ElementwiseOptions = {}): Loss<Targets, TargetGradients> {
  return elementwise('mae', { kind: 'absolute' }, options);
}
