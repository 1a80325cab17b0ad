import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkFinite } from '../../core/check.ts';
import type { ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';
import { signed } from './signed.ts';

export interface HingeEmbeddingOptions extends ElementwiseOptions {
  /** How far apart what does not belong together must be. @default 1 */
  readonly margin?: number;
}

/**
 * d where the target is 1 and max(0, margin - d) where it is -1, of distances d; one term an entry.
 *
 * At least 0 where distances are, which is not checked. Slope 1, or -1 up to the margin, at the margin itself too, and 0 beyond
 * it. No entries: value 0. The gradient, of the distances, may be written over them.
 *
 * @throws RangeError if margin is not finite, a target is neither 1 nor -1, the shapes differ or a number is not finite
 * @see torch's hinge_embedding_loss
 */
export function hingeEmbedding({ margin = 1, ...options }: HingeEmbeddingOptions = {}): Loss<
  Targets,
  TargetGradients
> {
  checkFinite('hingeEmbedding', 'margin', margin);
  return signed('hingeEmbedding', { kind: 'hingeEmbedding', parameter: margin }, options);
}
