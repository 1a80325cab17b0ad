import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkLabels, checkNonNegative, checkOneOf } from '../../core/check.ts';
import { distanceOf } from '../../distances/geometry.ts';
import { checkLabelled } from '../../kernels/check-labelled.ts';
import type { PairGeometry, PairReduction } from '../../kernels/kernels.ts';
import { checkedWeights } from '../classification/classes.ts';
import { ask, inSteps, type PromisedLoss } from '../promised.ts';
import type { TripletRule } from '../triplet-rule.ts';
import { type ClassWeighted, GEOMETRIES, labelledCall, PAIR_REDUCTIONS } from './labelled-pairs.ts';
import { minedTriplets, sumByAnchor } from './mined-triplets.ts';

export interface BatchAllTripletOptions extends ClassWeighted {
  /** How much farther than the positive a negative must be. @default 0.2 */
  readonly margin?: number;
  /** 'chord' is the euclidean distance of unit rows; of similarities the distance is less, or 1 less, the similarity. @default 'cosine' */
  readonly geometry?: PairGeometry;
  /** @default 'active', over terms above zero (sentence-transformers) */
  readonly reduction?: PairReduction;
}

/**
 * max(0, d(a, p) - d(a, n) + margin) over every (a, p, n) with label(a) = label(p) ≠ label(n) and a ≠ p, or over the mined triplets.
 *
 * At least 0. No triplets: value 0 and zero gradients. At the hinge itself the slope is 0, and so it is along the distance of two rows
 * that are the same. `terms` are summed by anchor. With reduction 'mean' it is `triplet` over all triplets.
 *
 * @throws RangeError if margin is not a finite number >= 0, an option is none of its names, labels do not match the rows, or an entry is
 *   not finite
 * @see Hermans et al., "In defense of the triplet loss for person re-identification", 2017, eq. 6 and 3.3 (there called L_BA≠0)
 */
export function batchAllTriplet({
  margin = 0.2,
  geometry = 'cosine',
  reduction = 'active',
  classWeights,
}: BatchAllTripletOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkNonNegative('batchAllTriplet', 'margin', margin);
  checkOneOf('batchAllTriplet', 'geometry', geometry, GEOMETRIES);
  checkOneOf('batchAllTriplet', 'reduction', reduction, PAIR_REDUCTIONS);
  const weights = classWeights && checkedWeights('batchAllTriplet', 'classWeights', classWeights);
  const every = labelledCall('batchAllTriplet', {
    loss: { kind: 'batchAll', margin, soft: false },
    geometry,
    reduction,
    classWeights,
  });
  const distance = distanceOf(geometry);
  return inSteps(function* (batch, into) {
    if (batch.triplets === undefined) {
      const { pairs, result } = every(batch, into);
      return result(yield* ask((by) => by.pairs(...pairs)));
    }
    // lists of pairs do not tell which of a positive and a negative were mined together, nor how often
    checkLabelled('batchAllTriplet', batch);
    const { embeddings, labels, triplets } = batch;
    if (weights !== undefined) checkLabels('batchAllTriplet', 'labels', labels, weights.length);
    const weightOf = weights && ((anchor: number): number => weights[labels[anchor]]);
    const rule: TripletRule = { distance, margin, swap: false, softMargin: false, weightOf };
    const found = yield* minedTriplets(batch, triplets, { rule, reduction }, into);
    return { ...found, terms: sumByAnchor(triplets, found.terms, embeddings.rows) };
  });
}
