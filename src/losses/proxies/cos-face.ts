import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkNonNegative, checkPositive } from '../../core/check.ts';
import type { PromisedLoss } from '../promised.ts';
import { marginSoftmax, type ProxyOptions } from './margin-softmax.ts';

export interface CosFaceOptions extends ProxyOptions {
  /** What the cosine with the right class is lowered by. @default 0.35 */
  readonly margin?: number;
  /** What cosines are multiplied by. @default 64 */
  readonly scale?: number;
}

/**
 * Softmax cross-entropy over scale · cos θ, with cos θ - margin for the right class: one term a row.
 *
 * Above 0. A zero row has cosine 0 with everything and no gradient.
 *
 * @throws RangeError if margin is not a finite number >= 0, scale is not a finite number > 0, the shapes do not fit one another, a
 * label is not a class or an entry is not finite
 * @see Wang et al., "CosFace: large margin cosine loss for deep face recognition", 2018, eq. 4
 */
export function cosFace({ margin = 0.35, scale = 64, ...options }: CosFaceOptions = {}): PromisedLoss<
  Proxied,
  ProxiedGradients
> {
  checkNonNegative('cosFace', 'margin', margin);
  checkPositive('cosFace', 'scale', scale);
  return marginSoftmax('cosFace', { scale, curve: (cosine) => [cosine - margin, 1] }, options);
}
