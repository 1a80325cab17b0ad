import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkPositive, checkWhole } from '../../core/check.ts';
import type { PromisedLoss } from '../promised.ts';
import { marginSoftmax, type Curve, type ProxyOptions } from './margin-softmax.ts';

export interface SphereFaceOptions extends ProxyOptions {
  /** What the angle with the right class is multiplied by: a whole number >= 1. @default 4 */
  readonly margin?: number;
  /** What |embedding| · cos θ is multiplied by. @default 1 */
  readonly scale?: number;
}

/**
 * Softmax cross-entropy over scale · |x| · cos θ, with ψ(θ) = (-1)ᵏ cos(margin · θ) - 2k for the right class, where k is the whole
 * part of margin · θ / π: one term a row.
 *
 * Above 0. ψ falls from 1 at θ = 0 to 1 - 2 · margin at θ = π. Embeddings keep their length, and have a slope along it; a zero row
 * has logits 0 and no gradient.
 *
 * @throws RangeError if margin is not a whole number >= 1, scale is not a finite number > 0, the shapes do not fit one another, a
 * label is not a class or an entry is not finite
 * @see Liu et al., "SphereFace: deep hypersphere embedding for face recognition", 2017, eq. 7 (without its annealing by λ)
 */
export function sphereFace({ margin = 4, scale = 1, ...options }: SphereFaceOptions = {}): PromisedLoss<
  Proxied,
  ProxiedGradients
> {
  checkWhole('sphereFace', 'margin', margin, 1);
  checkPositive('sphereFace', 'scale', scale);
  return marginSoftmax('sphereFace', { scale, byLength: true, curve: multipliedAngle(margin) }, options);
}

function multipliedAngle(margin: number): Curve {
  return (cosine) => {
    const angle = margin * Math.acos(cosine);
    const k = Math.min(Math.floor(angle / Math.PI), margin - 1);
    const sign = k % 2 === 0 ? 1 : -1;
    // Chebyshev polynomials: T(cos θ) = cos(m θ), whose derivative is m U(cos θ), with nothing divided by sin θ
    let [t, lastT, u, lastU] = [cosine, 1, 1, 0];
    for (let m = 1; m < margin; m++) {
      [t, lastT] = [2 * cosine * t - lastT, t];
      [u, lastU] = [2 * cosine * u - lastU, u];
    }
    return [sign * t - 2 * k, sign * margin * u];
  };
}
