import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkFinite } from '../../core/check.ts';
import type { ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';
import { signed } from './signed.ts';

export interface SquaredHingeOptions extends ElementwiseOptions {
  /** How far on its target's side of 0 a score must be. @default 1 */
  readonly margin?: number;
}

/**
 * max(0, margin - y s)² for score s and target y, 1 or -1; one term an entry.
 *
 * At least 0. Slope -2 y max(0, margin - y s), which has no step. No entries: value 0. The gradient may be written over the
 * predictions.
 *
 * @throws RangeError if margin is not finite, a target is neither 1 nor -1, the shapes differ or a number is not finite
 * @see Tang, "Deep learning using linear support vector machines", 2013; scikit-learn's SquaredHinge
 */
export function squaredHinge({ margin = 1, ...options }: SquaredHingeOptions = {}): Loss<
  Targets,
  TargetGradients
> {
  checkFinite('squaredHinge', 'margin', margin);
  return signed('squaredHinge', { kind: 'squaredHinge', parameter: margin }, options);
}
