import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkOneOf, checkWhole } from '../../core/check.ts';
import type { Loss } from '../loss.ts';
import {
  ANCHOR_REDUCTIONS,
  NO_TERMS,
  anchorLoss,
  oneTerm,
  type AnchorReduction,
  type AnchorTerms,
} from './anchor-loss.ts';
import type { Anchor } from './anchor-rows.ts';

export interface FastApOptions {
  /** How many bins the squared distances in [0, 4] fall into. @default 10 */
  readonly bins?: number;
  /** 'active' is over terms above zero. @default 'mean' over the anchors that have a positive */
  readonly reduction?: AnchorReduction;
}

/**
 * 1 - (1 / |P|) Σ_b h_b H_b / T_b, one term an anchor: average precision, of histograms of the squared distances of unit rows. h_b are the
 * anchor's positives in bin b, H_b those in bins up to b, T_b all rows in bins up to b; a row between the centers of two bins is shared
 * out between them.
 *
 * In [0, 1). An anchor without a positive has no term. At the center of a bin the slope is 0, and so it is between rows that are the
 * same. A zero row is at squared distance 1 from every other direction. Of mined pairs a histogram is of those mined for the anchor (in
 * pytorch-metric-learning of all rows, and a term is weighed by how often its row was mined).
 *
 * @throws RangeError if bins is not a whole number >= 1, reduction is none of its names, labels do not match the rows, or an entry
 *   is not finite
 * @see Cakir et al., "Deep metric learning to rank", 2019, eq. 5 to 8
 */
export function fastAp({ bins = 10, reduction = 'mean' }: FastApOptions = {}): Loss<
  Labelled,
  LabelledGradients
> {
  checkWhole('fastAp', 'bins', bins, 1);
  checkOneOf('fastAp', 'reduction', reduction, ANCHOR_REDUCTIONS);
  return anchorLoss('fastAp', {
    geometry: 'squaredChord',
    reduction,
    termsOf: (anchor) => termsOf(anchor, bins),
  });
}

function termsOf({ x, positives, negatives, slopes }: Anchor, bins: number): AnchorTerms {
  if (positives.length === 0) return NO_TERMS;
  const width = 4 / bins;
  const inBins = (rows: Uint32Array): Float64Array => {
    const histogram = new Float64Array(bins + 1);
    for (const j of rows) {
      const { bin, past } = binOf(x[j], bins);
      histogram[bin] += 1 - past;
      if (past > 0) histogram[bin + 1] += past;
    }
    return histogram;
  };
  const [h, others] = [inBins(positives), inBins(negatives)];
  const [H, T] = [new Float64Array(bins + 1), new Float64Array(bins + 1)];
  let precision = 0;
  for (let b = 0; b <= bins; b++) {
    H[b] = (H[b - 1] ?? 0) + h[b];
    T[b] = (T[b - 1] ?? 0) + h[b] + others[b];
    if (h[b] > 0) precision += (h[b] * H[b]) / T[b];
  }
  // the slopes of precision along h_b and along the others of bin b, whose part in H and T is in all bins from b on
  const [ofPositive, ofNegative] = [new Float64Array(bins + 2), new Float64Array(bins + 2)];
  let [alongH, alongT] = [0, 0];
  for (let b = bins; b >= 0; b--) {
    if (h[b] > 0) {
      alongH += h[b] / T[b];
      alongT -= (h[b] * H[b]) / T[b] ** 2;
    }
    ofPositive[b] = (h[b] > 0 ? H[b] / T[b] : 0) + alongH + alongT;
    ofNegative[b] = alongT;
  }
  const slope = -1 / (positives.length * width);
  const descend = (rows: Uint32Array, along: Float64Array): void => {
    for (const j of rows) {
      const { bin, past } = binOf(x[j], bins);
      if (past > 0) slopes[j] = slope * (along[bin + 1] - along[bin]);
    }
  };
  descend(positives, ofPositive);
  descend(negatives, ofNegative);
  return oneTerm(Math.max(0, 1 - precision / positives.length));
}

/** The bin whose center is at or before a squared distance in [0, 4], and how far past it, as a share of the way to the next. */
function binOf(squared: number, bins: number): { readonly bin: number; readonly past: number } {
  const at = (Math.min(squared, 4) / 4) * bins;
  const bin = Math.floor(at);
  return { bin, past: at - bin };
}
