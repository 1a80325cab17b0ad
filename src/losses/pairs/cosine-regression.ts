import type { ScoredPairGradients, ScoredPairs } from '../../core/batches.ts';
import { cosine } from '../../distances/cosine.ts';
import type { Loss, Reduction } from '../loss.ts';
import { eachPair, SCORES } from './scored-pairs.ts';

export interface CosineRegressionOptions {
  /** @default 'mean' over the pairs */
  readonly reduction?: Reduction;
}

/**
 * (cos(l, r) - target)², one term a pair.
 *
 * At least 0. Targets are the cosines that are wanted, commonly in [0, 1]. No pairs: value 0. A zero row has cosine 0 to
 * everything and no gradient.
 *
 * @throws RangeError if the shapes differ or a number is not finite
 * @see Reimers and Gurevych, "Sentence-BERT", 2019, section 3 (regression); sentence-transformers' CosineSimilarityLoss
 */
export function cosineRegression({ reduction = 'mean' }: CosineRegressionOptions = {}): Loss<
  ScoredPairs,
  ScoredPairGradients
> {
  return eachPair('cosineRegression', {
    distance: cosine,
    targets: SCORES,
    termOf(d, target) {
      const e = 1 - d - target;
      return [e * e, -2 * e];
    },
    reduction,
  });
}
