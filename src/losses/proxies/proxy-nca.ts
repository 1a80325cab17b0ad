import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkOneOf, checkPositive } from '../../core/check.ts';
import type { PromisedLoss } from '../promised.ts';
import { marginSoftmax, type ProxyOptions } from './margin-softmax.ts';

export interface ProxyNcaOptions extends ProxyOptions {
  /** What distances are multiplied by; the authors' code has 3. @default 1 */
  readonly scale?: number;
  /** Of unit rows: |x - p|², which is 2 - 2 cos, or 1 - cos. @default 'squaredEuclidean' */
  readonly distance?: 'squaredEuclidean' | 'cosine';
}

/**
 * -log( exp(-scale · d(x, p_y)) / Σ_c exp(-scale · d(x, p_c)) ), one term a row.
 *
 * Above 0; log(classes) where all distances are equal. All classes stand in the sum, the right one included, as in
 * pytorch-metric-learning and in ProxyNCA++; the paper leaves it out. A zero row has cosine 0 with everything and no gradient.
 *
 * @throws RangeError if scale is not a finite number > 0, distance is none of its names, the shapes do not fit one another, a label
 * is not a class or an entry is not finite
 * @see Movshovitz-Attias et al., "No fuss distance metric learning using proxies", 2017, eq. 6; Teh et al., "ProxyNCA++", 2020, eq. 6
 */
export function proxyNca({
  scale = 1,
  distance = 'squaredEuclidean',
  ...options
}: ProxyNcaOptions = {}): PromisedLoss<Proxied, ProxiedGradients> {
  checkPositive('proxyNca', 'scale', scale);
  checkOneOf('proxyNca', 'distance', distance, ['squaredEuclidean', 'cosine']);
  // what all distances have in common leaves a softmax as it is
  return marginSoftmax('proxyNca', { scale: distance === 'cosine' ? scale : 2 * scale }, options);
}
