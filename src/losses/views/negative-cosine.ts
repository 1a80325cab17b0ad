import type { ViewGradients, Views } from '../../core/batches.ts';
import { cosine } from '../../distances/cosine.ts';
import type { Loss, Reduction } from '../loss.ts';
import { viewDistances } from './view-distances.ts';

export interface NegativeCosineOptions {
  /** @default 'mean' over the anchors */
  readonly reduction?: Reduction;
}

/**
 * -cos(anchor, positive), one term an anchor; negatives are not looked at.
 *
 * In [-1, 1], -1 where all agree. SimSiam and BYOL hold one side constant: leave the positives' gradient aside, and average with the
 * views exchanged. No anchors: value 0. A zero row has cosine 0 to everything and no gradient.
 *
 * @throws RangeError if the views' shapes do not fit one another or an entry is not finite
 * @see Chen and He, "Exploring simple siamese representation learning", 2021, eq. 1; lightly's NegativeCosineSimilarity
 */
export function negativeCosine({ reduction = 'mean' }: NegativeCosineOptions = {}): Loss<
  Views,
  ViewGradients
> {
  return viewDistances('negativeCosine', { distance: cosine, termOf: (d) => [d - 1, 1], reduction });
}
