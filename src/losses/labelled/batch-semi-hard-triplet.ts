import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkNonNegative, checkOneOf } from '../../core/check.ts';
import { nearestFirst } from '../../core/nearest-first.ts';
import { semiHardOf } from '../../core/semi-hard.ts';
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

export interface BatchSemiHardTripletOptions {
  /** How much farther than the positive a negative must be. @default 0.2 */
  readonly margin?: number;
  /** 'chord' is the euclidean distance of unit rows; of similarities the distance is 1 - cosine, or less the inner product. @default 'cosine' */
  readonly geometry?: PairGeometry;
  /**
   * Which anchors have terms: those that have a positive and a negative, or all, as in sentence-transformers, where one without
   * a negative is taken to have it at distance 0. @default 'complete'
   */
  readonly anchors?: 'complete' | 'all';
  /** 'active' is over terms above zero. @default 'mean' over all positive pairs of the anchors that have terms */
  readonly reduction?: AnchorReduction;
}

/**
 * max(0, d(a, p) - d(a, n) + margin), one term for each positive of each anchor: n is the nearest row of another label that is farther
 * than p, and where none is, the farthest; of several the first.
 *
 * At least 0. At the hinge itself the slope is 0, and so it is along the distance of two rows that are the same; no gradient goes through
 * the choice. Of mined pairs it chooses among these. `terms` are summed by anchor.
 *
 * @throws RangeError if margin is not a finite number >= 0, an option is none of its names, labels do not match the rows, or an entry is
 *   not finite
 * @see Schroff et al., "FaceNet", 2015, eq. 4; where no negative is semi-hard, TensorFlow Addons' triplet_semihard_loss
 */
export function batchSemiHardTriplet({
  margin = 0.2,
  geometry = 'cosine',
  anchors = 'complete',
  reduction = 'mean',
}: BatchSemiHardTripletOptions = {}): Loss<Labelled, LabelledGradients> {
  checkNonNegative('batchSemiHardTriplet', 'margin', margin);
  checkOneOf('batchSemiHardTriplet', 'geometry', geometry, GEOMETRIES);
  checkOneOf('batchSemiHardTriplet', 'anchors', anchors, ['complete', 'all']);
  checkOneOf('batchSemiHardTriplet', 'reduction', reduction, ANCHOR_REDUCTIONS);
  const away = farther(geometry);
  const atSame = geometry === 'cosine' ? 1 : 0;
  const termsOf = ({ x, positives, negatives, slopes }: Anchor): AnchorTerms => {
    if (anchors === 'complete' && negatives.length === 0) return NO_TERMS;
    const sorted = nearestFirst(x, positives, away);
    const semiHard = semiHardOf(x, sorted, negatives, away);
    const farthest = negatives.reduce((far, j) => (away * x[j] > away * x[far] ? j : far), negatives[0]);
    let [sum, active] = [0, 0];
    sorted.forEach((p, q) => {
      const n = semiHard[q] ?? farthest;
      const far = negatives.length === 0 ? 0 : atSame + away * x[n];
      const violation = atSame + away * x[p] - far + margin;
      if (violation <= 0) return;
      sum += violation;
      active++;
      slopes[p] += away;
      if (negatives.length > 0) slopes[n] -= away;
    });
    return { sum, counted: positives.length, active };
  };
  return anchorLoss('batchSemiHardTriplet', { geometry, reduction, termsOf });
}
