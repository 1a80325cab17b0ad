import type { TargetGradients, Targets } from '../../core/batches.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';

/**
 * (prediction - target)², one term an entry.
 *
 * At least 0, and 0 where they are equal; slope 2 (prediction - target), without the half that some systems put before it
 * (optax's l2_loss). No entries: value 0. The gradient may be written over the predictions. Minus the logarithm of a
 * Gaussian likelihood, up to a factor and a constant: an outlier counts by its square.
 *
 * @throws RangeError if the shapes differ or a number is not finite
 * @see Gauss, "Theoria motus corporum coelestium", 1809, section 179; torch's mse_loss
 */
export function mse(options: ElementwiseOptions = {}): Loss<Targets, TargetGradients> {
  return elementwise('mse', { kind: 'squared' }, options);
}
