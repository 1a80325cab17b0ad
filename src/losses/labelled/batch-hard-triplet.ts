import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkNonNegative, checkOneOf } from '../../core/check.ts';
import { logistic, softplus } from '../../core/softplus.ts';
import type { PairGeometry } from '../../kernels/kernels.ts';
import { farther } from '../../kernels/pair-geometry.ts';
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
import { GEOMETRIES } from './labelled-pairs.ts';

export interface BatchHardTripletOptions {
  /** How much farther than the positive a negative must be; 'soft' is log(1 + exp(d(a, p) - d(a, n))), which never ends. @default 0.2 */
  readonly margin?: number | 'soft';
  /** 'chord' is the euclidean distance of unit rows; of similarities the distance is 1 - cosine, or less the inner product. @default 'cosine' */
  readonly geometry?: PairGeometry;
  /**
   * Which anchors have a term: those that have a positive and a negative, or all, as in sentence-transformers, where one without a
   * positive is taken to have it at distance 0, and one without a negative as far away as its positive. @default 'complete'
   */
  readonly anchors?: 'complete' | 'all';
  /** 'active' is over terms above zero (pytorch-metric-learning). @default 'mean' over the anchors that have a term */
  readonly reduction?: AnchorReduction;
}

/**
 * max(0, d(a, p) - d(a, n) + margin), one term an anchor: p is the farthest row of its label and n the nearest of another; of several the
 * first.
 *
 * At least 0. At the hinge itself the slope is 0, and so it is along the distance of two rows that are the same; no gradient goes through
 * the choice. Of mined pairs it chooses among these. It is `triplet` of the triplets that the miner `batchHard` finds.
 *
 * @throws RangeError if margin is not a finite number >= 0 or 'soft', an option is none of its names, labels do not match the rows, or an
 *   entry is not finite
 * @see Hermans et al., "In defense of the triplet loss for person re-identification", 2017, eq. 5
 */
export function batchHardTriplet({
  margin = 0.2,
  geometry = 'cosine',
  anchors = 'complete',
  reduction = 'mean',
}: BatchHardTripletOptions = {}): Loss<Labelled, LabelledGradients> {
  if (margin !== 'soft') checkNonNegative('batchHardTriplet', 'margin', margin);
  checkOneOf('batchHardTriplet', 'geometry', geometry, GEOMETRIES);
  checkOneOf('batchHardTriplet', 'anchors', anchors, ['complete', 'all']);
  checkOneOf('batchHardTriplet', 'reduction', reduction, ANCHOR_REDUCTIONS);
  const away = farther(geometry);
  const atSame = geometry === 'cosine' ? 1 : 0;
  const termsOf = ({ x, positives, negatives, slopes }: Anchor): AnchorTerms => {
    if (anchors === 'complete' && (positives.length === 0 || negatives.length === 0)) return NO_TERMS;
    const p = positives.reduce((far, j) => (away * x[j] > away * x[far] ? j : far), positives[0]);
    const n = negatives.reduce((near, j) => (away * x[j] < away * x[near] ? j : near), negatives[0]);
    const near = positives.length === 0 ? 0 : atSame + away * x[p];
    const far = negatives.length === 0 ? near : atSame + away * x[n];
    const [term, slope] = margin === 'soft' ? soft(near - far) : hinge(near - far + margin);
    if (negatives.length === 0) return oneTerm(term);
    if (positives.length > 0) slopes[p] = away * slope;
    slopes[n] = -away * slope;
    return oneTerm(term);
  };
  return anchorLoss('batchHardTriplet', { geometry, reduction, termsOf });
}

function soft(violation: number): readonly [term: number, slope: number] {
  return [softplus(violation), logistic(violation)];
}

function hinge(violation: number): readonly [term: number, slope: number] {
  return violation > 0 ? [violation, 1] : [0, 0];
}
