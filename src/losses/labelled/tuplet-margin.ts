import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkFinite, checkOneOf, checkPositive } from '../../core/check.ts';
import type { PairReduction } from '../../kernels/kernels.ts';
import type { PromisedLoss } from '../promised.ts';
import { type ClassWeighted, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';

export interface TupletMarginOptions extends ClassWeighted {
  /** How many degrees nearer than it is a positive is taken to be. @default 5.73 */
  readonly margin?: number;
  /** What cosines are multiplied by. @default 64 */
  readonly scale?: number;
  /** 'active' is over terms above zero. @default 'mean' over all positive pairs */
  readonly reduction?: PairReduction;
}

/**
 * log(1 + Σ_n exp(scale (cos θ_an - cos(θ_ap - margin)))), one term for each positive of each anchor; n are the rows of other labels.
 *
 * Above 0; without rows of another label there are no terms. A zero row is at right angles to everything. Where the two rows of
 * a positive pair point the same way, or opposite ways, their angle has no slope. `terms` are summed by anchor. A pair that was mined
 * twice counts once (in pytorch-metric-learning twice), and an anchor without a mined negative has no terms.
 * (pytorch-metric-learning gives NaN where rounding takes a cosine beyond 1.)
 *
 * @throws RangeError if margin is not finite, scale is not a finite number > 0, reduction is none of its names, labels do not match
 *   the rows, or an entry is not finite
 * @see Yu and Tao, "Deep metric learning with tuplet margin loss", 2019, eq. 5
 */
export function tupletMargin({
  margin = 5.73,
  scale = 64,
  reduction = 'mean',
  classWeights,
}: TupletMarginOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkFinite('tupletMargin', 'margin', margin);
  checkPositive('tupletMargin', 'scale', scale);
  checkOneOf('tupletMargin', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('tupletMargin', {
    loss: { kind: 'tupletMargin', radians: (margin * Math.PI) / 180, scale },
    geometry: 'cosine',
    reduction,
    classWeights,
  });
}
