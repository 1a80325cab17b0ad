import type { TargetGradients, Targets } from '../../core/batches.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';

/**
 * log cosh(prediction - target), one term an entry.
 *
 * At least 0; e² / 2 for a small difference e, |e| - log 2 for a large one, and tanh(e) its slope. Stable at any difference. No
 * entries: value 0. The gradient may be written over the predictions.
 *
 * @throws RangeError if the shapes differ or a number is not finite
 * @see Green, "Bayesian reconstructions from emission tomography data using a modified EM algorithm", 1990 (a prior of differences, scaled);
 *   optax's log_cosh, logaddexp(e, -e) - log 2
 */
export function logCosh(options: ElementwiseOptions = {}): Loss<Targets, TargetGradients> {
  return elementwise('logCosh', { kind: 'logCosh' }, options);
}
