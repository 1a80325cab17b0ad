import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkNonNegative, checkOneOf } from '../../core/check.ts';
import { countBelow, nearestFirst } from '../../core/nearest-first.ts';
import type { PairGeometry } from '../../kernels/kernels.ts';
import { farther } from '../../kernels/pair-geometry.ts';
import type { Loss } from '../loss.ts';
import {
  ANCHOR_REDUCTIONS,
  NO_TERMS,
  anchorLoss,
  type AnchorReduction,
  type AnchorTerms,
} from './anchor-loss.ts';
import type { Anchor } from './anchor-rows.ts';
import { GEOMETRIES } from './labelled-pairs.ts';

export interface BatchAllTripletOptions {
  /** How much farther than the positive a negative must be. @default 0.2 */
  readonly margin?: number;
  /** 'chord' is the euclidean distance of unit rows; of similarities the distance is less, or 1 less, the similarity. @default 'cosine' */
  readonly geometry?: PairGeometry;
  /** @default 'active', over terms above zero (sentence-transformers) */
  readonly reduction?: AnchorReduction;
}

/**
 * max(0, d(a, p) - d(a, n) + margin) over every (a, p, n) with label(a) = label(p) ≠ label(n) and a ≠ p, or over the mined triplets.
 *
 * At least 0. No triplets: value 0 and zero gradients. At the hinge itself the slope is 0, and so it is along the distance of two rows
 * that are the same. `terms` are summed by anchor. With reduction 'mean' it is `triplet` over all triplets, but an anchor's distances are
 * sorted, not tried against one another, so that large classes cost little.
 *
 * @throws RangeError if margin is not a finite number >= 0, an option is none of its names, labels do not match the rows, or an entry is
 *   not finite
 * @see Hermans et al., "In defense of the triplet loss for person re-identification", 2017, eq. 6 and 3.3 (there called L_BA≠0)
 */
export function batchAllTriplet({
  margin = 0.2,
  geometry = 'cosine',
  reduction = 'active',
}: BatchAllTripletOptions = {}): Loss<Labelled, LabelledGradients> {
  checkNonNegative('batchAllTriplet', 'margin', margin);
  checkOneOf('batchAllTriplet', 'geometry', geometry, GEOMETRIES);
  checkOneOf('batchAllTriplet', 'reduction', reduction, ANCHOR_REDUCTIONS);
  return anchorLoss('batchAllTriplet', {
    geometry,
    reduction,
    termsOf: (anchor) => termsOf(anchor, farther(geometry), margin),
    termsOfTriplets: (anchor) => termsOfTriplets(anchor, farther(geometry), margin),
  });
}

function termsOfTriplets(
  { x, positives, negatives, slopes }: Anchor,
  away: 1 | -1,
  margin: number,
): AnchorTerms {
  let [sum, active] = [0, 0];
  positives.forEach((p, t) => {
    const n = negatives[t];
    const violation = away * (x[p] - x[n]) + margin;
    if (violation <= 0) return;
    sum += violation;
    active++;
    slopes[p] += away;
    slopes[n] -= away;
  });
  return { sum, counted: positives.length, active };
}

function termsOf({ x, positives, negatives, slopes }: Anchor, away: 1 | -1, margin: number): AnchorTerms {
  if (negatives.length === 0) return NO_TERMS;
  const sorted = nearestFirst(x, positives, away);
  const limits = Float64Array.from(sorted, (p) => away * x[p] + margin);
  // what the limits from each on come to
  const from = new Float64Array(limits.length + 1);
  for (let q = limits.length - 1; q >= 0; q--) from[q] = from[q + 1] + limits[q];
  // how many negatives are within a limit and those after it, but not within the one before
  const first = new Float64Array(limits.length + 1);
  let [sum, active] = [0, 0];
  for (const n of negatives) {
    const distance = away * x[n];
    // a negative at the limit itself is no violation
    const q = countBelow(limits, distance, true);
    const violated = limits.length - q;
    sum += from[q] - violated * distance;
    active += violated;
    first[q]++;
    slopes[n] = -away * violated;
  }
  let within = 0;
  sorted.forEach((p, q) => {
    within += first[q];
    slopes[p] = away * within;
  });
  return { sum, counted: positives.length * negatives.length, active };
}
