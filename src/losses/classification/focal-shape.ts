import { checkNonNegative, refuse } from '../../core/check.ts';
import type { FocalShape } from '../../kernels/kernels.ts';

/** What the focal losses share. */
export interface FocalOptions {
  /** How strongly what is nearly right counts for less: each term is multiplied by its miss to this power. @default 2 */
  readonly gamma?: number;
  /** What positives weigh, in [0, 1]; the others weigh 1 - alpha. @default none: all weigh 1 */
  readonly alpha?: number;
}

export function checkFocal(where: string, gamma: number, alpha: number | undefined): void {
  checkNonNegative(where, 'gamma', gamma);
  if (alpha !== undefined && !(alpha >= 0 && alpha <= 1)) {
    refuse(where, 'alpha must be a number in [0, 1]', alpha);
  }
}

/** Alpha and epsilon as the kernel has them. */
export function focalShape(alpha: number | undefined, epsilon = 0): FocalShape {
  return { positive: alpha ?? 1, negative: alpha === undefined ? 1 : 1 - alpha, epsilon };
}
