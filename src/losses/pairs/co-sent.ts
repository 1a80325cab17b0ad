import type { ScoredPairGradients, ScoredPairs } from '../../core/batches.ts';
import { cosineOfProducts, measureProducts } from '../../distances/of-products.ts';
import type { Loss } from '../loss.ts';
import { rankedPairs } from './ranked-pairs.ts';

export interface CoSentOptions {
  /** What cosines are multiplied by: 1 / temperature. @default 20 */
  readonly scale?: number;
}

/**
 * log(1 + Σ exp(scale (c_i - c_j))) over pairs i, j with target_i < target_j, of cosines c: pairs of higher targets should have higher
 * cosines, whatever the targets are. One term a batch, and no reduction.
 *
 * At least 0; 0 and no gradient where no two targets differ. A zero row has cosine 0 to everything and no gradient.
 *
 * @throws RangeError if scale is not a finite number > 0, the shapes differ or a number is not finite
 * @see Su, "CoSENT", 2022; sentence-transformers' CoSENTLoss
 */
export function coSent({ scale = 20 }: CoSentOptions = {}): Loss<ScoredPairs, ScoredPairGradients> {
  return rankedPairs('coSent', (rows) => measureProducts(cosineOfProducts(0), rows), scale);
}
