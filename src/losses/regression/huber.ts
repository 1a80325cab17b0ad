import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkPositive } from '../../core/check.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';

export interface HuberOptions extends ElementwiseOptions {
  /** Where the parabola ends and the line begins. @default 1 */
  readonly delta?: number;
}

/**
 * e² / 2 up to |e| = delta and delta (|e| - delta / 2) beyond, with e = prediction - target; one term an entry.
 *
 * At least 0. The slope is e, and never steeper than delta. No entries: value 0. The gradient may be written over the
 * predictions.
 *
 * @throws RangeError if delta is not a finite number > 0, the shapes differ or a number is not finite
 * @see Huber, "Robust estimation of a location parameter", 1964; torch's huber_loss
 */
export function huber({ delta = 1, ...options }: HuberOptions = {}): Loss<Targets, TargetGradients> {
  checkPositive('huber', 'delta', delta);
  return elementwise('huber', { kind: 'huber', parameter: delta }, options);
}
