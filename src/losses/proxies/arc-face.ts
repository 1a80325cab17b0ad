import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkPositive } from '../../core/check.ts';
import type { PromisedLoss } from '../promised.ts';
import { additiveAngle } from './additive-angle.ts';
import { marginSoftmax, type ProxyOptions } from './margin-softmax.ts';

export interface ArcFaceOptions extends ProxyOptions {
  /** By how many degrees farther from its proxy an embedding counts as being, in [0, 180); 28.6 are half a radian. @default 28.6 */
  readonly marginDegrees?: number;
  /** What cosines are multiplied by. @default 64 */
  readonly scale?: number;
}

/**
 * Softmax cross-entropy over scale · cos θ, with cos(θ + margin) for the right class: one term a row.
 *
 * Above 0. Where θ + margin is past π it is cos θ - margin · sin(margin), so that it keeps falling. A zero row has cosine 0 with
 * everything and no gradient. An embedding that is its proxy has none along the angle, where torch's is infinite.
 *
 * @throws RangeError if marginDegrees is outside [0, 180), scale is not a finite number > 0, the shapes do not fit one another, a
 * label is not a class or an entry is not finite
 * @see Deng et al., "ArcFace: additive angular margin loss for deep face recognition", 2019, eq. 3
 */
export function arcFace({ marginDegrees = 28.6, scale = 64, ...options }: ArcFaceOptions = {}): PromisedLoss<
  Proxied,
  ProxiedGradients
> {
  checkPositive('arcFace', 'scale', scale);
  return marginSoftmax('arcFace', { scale, curve: additiveAngle('arcFace', marginDegrees) }, options);
}
