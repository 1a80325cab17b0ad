import type { TargetGradients, Targets } from '../../core/batches.ts';
import { refuse } from '../../core/check.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';

export interface QuantileOptions extends ElementwiseOptions {
  /** The share of targets that should lie below the prediction, in (0, 1). @default 0.5 */
  readonly quantile?: number;
}

/**
 * q (target - prediction) where the target is at or above the prediction and (1 - q) (prediction - target) where it is below; one
 * term an entry. Its minimum over predictions is the q-quantile of the targets.
 *
 * At least 0; half of `mae` at q = 1/2. Slope -q or 1 - q, and -q where they are equal (scikit-learn's choice). No entries:
 * value 0. The gradient may be written over the predictions.
 *
 * @throws RangeError if quantile is outside (0, 1), the shapes differ or a number is not finite
 * @see Koenker and Bassett, "Regression quantiles", 1978; scikit-learn's PinballLoss
 */
export function quantile({ quantile: q = 0.5, ...options }: QuantileOptions = {}): Loss<
  Targets,
  TargetGradients
> {
  if (!(q > 0 && q < 1)) refuse('quantile', 'quantile must be a number in (0, 1)', q);
  return elementwise('quantile', { kind: 'quantile', parameter: q }, options);
}
