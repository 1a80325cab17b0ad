import type { ScoredPairGradients, ScoredPairs } from '../../core/batches.ts';
import { checkFinite } from '../../core/check.ts';
import { cosine } from '../../distances/cosine.ts';
import type { Loss, Reduction } from '../loss.ts';
import { eachPair, SIGNS } from './scored-pairs.ts';

export interface CosineEmbeddingOptions {
  /** The cosine up to which rows that do not belong together may be alike. @default 0 */
  readonly margin?: number;
  /** @default 'mean' over the pairs */
  readonly reduction?: Reduction;
}

/**
 * 1 - cos(l, r) where the target is 1 and max(0, cos(l, r) - margin) where it is -1; one term a pair.
 *
 * At least 0. At the margin itself the slope is that beyond it. No pairs: value 0. A zero row has cosine 0 to everything and no
 * gradient. (torch adds 1e-12 to squared lengths, which matters to rows shorter than about 1e-3.)
 *
 * @throws RangeError if margin is not finite, a target is neither 1 nor -1, the shapes differ or an entry is not finite
 * @see torch's cosine_embedding_loss
 */
export function cosineEmbedding({ margin = 0, reduction = 'mean' }: CosineEmbeddingOptions = {}): Loss<
  ScoredPairs,
  ScoredPairGradients
> {
  checkFinite('cosineEmbedding', 'margin', margin);
  return eachPair('cosineEmbedding', {
    distance: cosine,
    targets: SIGNS,
    termOf(d, target) {
      if (target === 1) return [d, 1];
      const violation = 1 - d - margin;
      return [Math.max(violation, 0), violation >= 0 ? -1 : 0];
    },
    reduction,
  });
}
