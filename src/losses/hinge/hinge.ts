import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkFinite, refuse } from '../../core/check.ts';
import type { ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';
import { signed } from './signed.ts';

export interface HingeOptions extends ElementwiseOptions {
  /** How far on its target's side of 0 a score must be. @default 1 */
  readonly margin?: number;
  /** How much of the slope a score exactly at the margin has: all (scikit-learn), or half (optax). @default 1 */
  readonly slopeAtMargin?: 1 | 0.5;
}

/**
 * max(0, margin - y s) for score s and target y, 1 or -1; one term an entry.
 *
 * At least 0. Slope -y up to the margin and 0 beyond it. No entries: value 0. The gradient may be written over the
 * predictions. At margin 0 this is the perceptron's loss.
 *
 * @throws RangeError if margin is not finite, slopeAtMargin is neither 1 nor 0.5, a target is neither 1 nor -1, the shapes differ
 * or a number is not finite
 * @see Cortes and Vapnik, "Support-vector networks", 1995; scikit-learn's Hinge, optax's hinge_loss
 */
export function hinge({ margin = 1, slopeAtMargin = 1, ...options }: HingeOptions = {}): Loss<
  Targets,
  TargetGradients
> {
  checkFinite('hinge', 'margin', margin);
  if (![1, 0.5].includes(slopeAtMargin)) refuse('hinge', 'slopeAtMargin must be 1 or 0.5', slopeAtMargin);
  return signed('hinge', { kind: slopeAtMargin === 1 ? 'hinge' : 'halfHinge', parameter: margin }, options);
}
