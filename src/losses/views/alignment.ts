import type { ViewGradients, Views } from '../../core/batches.ts';
import { checkPositive } from '../../core/check.ts';
import { euclidean } from '../../distances/euclidean.ts';
import type { Loss, Reduction } from '../loss.ts';
import { viewDistances } from './view-distances.ts';

export interface AlignmentOptions {
  /** What distances are raised to. @default 2 */
  readonly alpha?: number;
  /** @default 'mean' over the anchors */
  readonly reduction?: Reduction;
}

/**
 * |anchor - positive|^alpha, one term an anchor, of the rows as they are given: unit rows, in the paper. Negatives are not
 * looked at.
 *
 * At least 0. Coinciding rows have no gradient. No anchors: value 0. Its counterpart, uniformity, keeps rows from all coinciding.
 *
 * @throws RangeError if alpha is not a finite number > 0, the views' shapes do not fit one another or an entry is not finite
 * @see Wang and Isola, "Understanding contrastive representation learning through alignment and uniformity on the hypersphere",
 *   2020, eq. 3
 */
export function alignment({ alpha = 2, reduction = 'mean' }: AlignmentOptions = {}): Loss<
  Views,
  ViewGradients
> {
  checkPositive('alignment', 'alpha', alpha);
  return viewDistances('alignment', {
    distance: euclidean,
    termOf: (d) => [d ** alpha, d === 0 ? 0 : alpha * d ** (alpha - 1)],
    reduction,
  });
}
