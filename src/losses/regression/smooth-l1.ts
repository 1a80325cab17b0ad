import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkNonNegative } from '../../core/check.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';

export interface SmoothL1Options extends ElementwiseOptions {
  /** Where the parabola ends and the line begins. @default 1 */
  readonly beta?: number;
}

/**
 * e² / (2 beta) up to |e| = beta and |e| - beta / 2 beyond, with e = prediction - target; one term an entry.
 *
 * At least 0. This is `huber` with that delta, over it: the slope ends at 1 for every beta. beta 0 is `mae`. No entries: value 0.
 * The gradient may be written over the predictions.
 *
 * @throws RangeError if beta is not a finite number >= 0, the shapes differ or a number is not finite
 * @see Girshick, "Fast R-CNN", 2015, eq. 3; torch's smooth_l1_loss
 */
export function smoothL1({ beta = 1, ...options }: SmoothL1Options = {}): Loss<Targets, TargetGradients> {
  checkNonNegative('smoothL1', 'beta', beta);
  // what float32 rounds to 0 would be 0 over 0 where predictions are right
  const kind = Math.fround(beta) === 0 ? 'absolute' : 'smoothL1';
  return elementwise('smoothL1', { kind, parameter: beta }, options);
}
