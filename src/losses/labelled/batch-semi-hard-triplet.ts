import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkNonNegative, checkOneOf } from '../../core/check.ts';
import type { PairGeometry, PairReduction } from '../../kernels/kernels.ts';
import type { PromisedLoss } from '../promised.ts';
import { type ClassWeighted, GEOMETRIES, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';

export interface BatchSemiHardTripletOptions extends ClassWeighted {
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
  readonly reduction?: PairReduction;
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
  classWeights,
}: BatchSemiHardTripletOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkNonNegative('batchSemiHardTriplet', 'margin', margin);
  checkOneOf('batchSemiHardTriplet', 'geometry', geometry, GEOMETRIES);
  checkOneOf('batchSemiHardTriplet', 'anchors', anchors, ['complete', 'all']);
  checkOneOf('batchSemiHardTriplet', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('batchSemiHardTriplet', {
    loss: { kind: 'batchSemiHard', margin, everyAnchor: anchors === 'all' },
    geometry,
    reduction,
    classWeights,
  });
}
