import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkFinite, checkOneOf, checkPositive } from '../../core/check.ts';
import { logistic, softplus } from '../../core/softplus.ts';
import type { Loss } from '../loss.ts';
import {
  ANCHOR_REDUCTIONS,
  NO_TERMS,
  anchorLoss,
  type AnchorReduction,
  type AnchorTerms,
} from './anchor-loss.ts';
import type { Anchor } from './anchor-rows.ts';
import { logSumExp } from './log-sum-exp.ts';

export interface TupletMarginOptions {
  /** How many degrees nearer than it is a positive is taken to be. @default 5.73 */
  readonly margin?: number;
  /** What cosines are multiplied by. @default 64 */
  readonly scale?: number;
  /** 'active' is over terms above zero. @default 'mean' over all positive pairs */
  readonly reduction?: AnchorReduction;
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
}: TupletMarginOptions = {}): Loss<Labelled, LabelledGradients> {
  checkFinite('tupletMargin', 'margin', margin);
  checkPositive('tupletMargin', 'scale', scale);
  checkOneOf('tupletMargin', 'reduction', reduction, ANCHOR_REDUCTIONS);
  const slack = (margin * Math.PI) / 180;
  return anchorLoss('tupletMargin', {
    geometry: 'cosine',
    reduction,
    termsOf: (anchor) => termsOf(anchor, slack, scale),
  });
}

function termsOf({ x, positives, negatives, slopes }: Anchor, slack: number, scale: number): AnchorTerms {
  if (negatives.length === 0) return NO_TERMS;
  const far = logSumExp(x, negatives, scale);
  let [sum, active, push] = [0, 0, 0];
  for (const p of positives) {
    const angle = Math.acos(Math.min(1, Math.max(-1, x[p])));
    const excess = far - scale * Math.cos(angle - slack);
    const term = softplus(excess);
    const slope = scale * logistic(excess);
    sum += term;
    if (term > 0) active++;
    push += slope;
    const sine = Math.sin(angle);
    slopes[p] = sine > 0 ? (-slope * Math.sin(angle - slack)) / sine : 0;
  }
  for (const n of negatives) slopes[n] = push * Math.exp(scale * x[n] - far);
  return { sum, counted: positives.length, active };
}
