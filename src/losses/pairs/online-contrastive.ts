import type { ScoredPairGradients, ScoredPairs } from '../../core/batches.ts';
import { checkNonNegative, checkOneOf } from '../../core/check.ts';
import { cosine } from '../../distances/cosine.ts';
import type { RowDistance } from '../../distances/distance.ts';
import { rowDistances } from '../../distances/row-distances.ts';
import { distanceTerms } from '../distance-terms.ts';
import { REDUCTIONS, type Loss, type Reduction } from '../loss.ts';
import { checkScoredPairs, LABELS } from './scored-pairs.ts';

export interface OnlineContrastiveOptions {
  /** How far apart rows that do not belong together must be, in units of `distance`. @default 0.5 */
  readonly margin?: number;
  /** @default cosine */
  readonly distance?: RowDistance;
  /** 'mean' is over all pairs, those passed over too. @default 'sum' (sentence-transformers), which grows with the batch */
  readonly reduction?: Reduction;
}

/**
 * d(l, r)² of the hard pairs that belong together (target 1) and max(0, margin - d(l, r))² of the hard ones that do not (target
 * 0); one term a pair, 0 for those that are not hard. Pairs that belong together are hard where they are farther apart than the
 * nearest of those that do not, and these where they are nearer than the farthest of those that do.
 *
 * At least 0. Where there are not two pairs of the other kind, a pair is compared with the mean of its own kind instead
 * (sentence-transformers). No pairs: value 0. Which pairs are hard is no part of the gradient.
 *
 * @throws RangeError if margin is not a finite number >= 0, a target is neither 1 nor 0, the shapes differ or an entry is not finite
 * @see Hadsell et al., "Dimensionality reduction by learning an invariant mapping", 2006, eq. 4 (of all pairs, and half of it);
 *   sentence-transformers' OnlineContrastiveLoss
 */
export function onlineContrastive({
  margin = 0.5,
  distance = cosine,
  reduction = 'sum',
}: OnlineContrastiveOptions = {}): Loss<ScoredPairs, ScoredPairGradients> {
  checkNonNegative('onlineContrastive', 'margin', margin);
  checkOneOf('onlineContrastive', 'reduction', reduction, REDUCTIONS);
  return (pairs, into) => {
    const { targets } = pairs;
    checkScoredPairs('onlineContrastive', pairs, LABELS);
    const { value: distances, backward } = rowDistances(distance, pairs);
    const alike = distances.filter((_, i) => targets[i] === 1);
    const unlike = distances.filter((_, i) => targets[i] === 0);
    const nearest = unlike.length > 1 ? unlike.reduce((least, d) => Math.min(least, d)) : mean(alike);
    const farthest = alike.length > 1 ? alike.reduce((most, d) => Math.max(most, d)) : mean(unlike);
    const { slopes, ...result } = distanceTerms(
      distances,
      (d, i) => {
        if (targets[i] === 1) return d > nearest ? [d * d, 2 * d] : [0, 0];
        const violation = d < farthest ? Math.max(0, margin - d) : 0;
        return [violation * violation, -2 * violation];
      },
      reduction,
    );
    return { ...result, gradients: backward(slopes, into) };
  };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
