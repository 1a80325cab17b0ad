import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkPositive, checkWhole } from '../../core/check.ts';
import type { PromisedLoss } from '../promised.ts';
import { additiveAngle } from './additive-angle.ts';
import type { ArcFaceOptions } from './arc-face.ts';
import { marginSoftmax, type Pooling } from './margin-softmax.ts';

export interface SubCenterArcFaceOptions extends ArcFaceOptions {
  /** Proxies a class. @default 3 */
  readonly centers?: number;
}

/**
 * `arcFace` where a class has several proxies, and its cosine is that with the nearest of them.
 *
 * Of equally near ones the first has the gradient. The others have none: what is noise can gather about them.
 *
 * @throws RangeError as arcFace, or if centers is not a whole number >= 1 or does not divide the proxies
 * @see Deng et al., "Sub-center ArcFace: boosting face recognition by large-scale noisy web faces", 2020, eq. 3
 */
export function subCenterArcFace({
  marginDegrees = 28.6,
  scale = 64,
  centers = 3,
  ...options
}: SubCenterArcFaceOptions = {}): PromisedLoss<Proxied, ProxiedGradients> {
  checkPositive('subCenterArcFace', 'scale', scale);
  checkWhole('subCenterArcFace', 'centers', centers, 1);
  const curve = additiveAngle('subCenterArcFace', marginDegrees);
  return marginSoftmax('subCenterArcFace', { scale, curve, pooling: nearest(centers) }, options);
}

function nearest(centers: number): Pooling {
  return {
    centers,
    pool(similarities, start) {
      let best = start;
      for (let e = start + 1; e < start + centers; e++) if (similarities[e] > similarities[best]) best = e;
      const most = similarities[best];
      similarities.fill(0, start, start + centers);
      similarities[best] = 1;
      return most;
    },
  };
}
