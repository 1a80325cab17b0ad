import type { ScoredPairGradients, ScoredPairs } from '../../core/batches.ts';
import { checkEqual, checkFinite, checkOneOf } from '../../core/check.ts';
import { gradientsOf } from '../../distances/measured.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';
import { checkScoredPairs, SIGNS } from './scored-pairs.ts';

export interface MarginRankingOptions {
  /** How much higher the score that should be higher must be. @default 0 */
  readonly margin?: number;
  /** @default 'mean' over the pairs */
  readonly reduction?: Reduction;
}

/**
 * max(0, margin - y (l - r)) for scores l and r, one column each, and target y: 1 where the left should be higher, -1 where the
 * right should. One term a pair.
 *
 * At least 0. At the margin itself the slope is that before it. No pairs: value 0.
 *
 * @throws RangeError if margin is not finite, there is not one column, a target is neither 1 nor -1, the shapes differ or a score is
 * not finite
 * @see Joachims, "Optimizing search engines using clickthrough data", 2002; torch's margin_ranking_loss
 */
export function marginRanking({ margin = 0, reduction = 'mean' }: MarginRankingOptions = {}): Loss<
  ScoredPairs,
  ScoredPairGradients
> {
  checkFinite('marginRanking', 'margin', margin);
  checkOneOf('marginRanking', 'reduction', reduction, REDUCTIONS);
  return (pairs, into) => {
    const { left, right, targets } = pairs;
    checkEqual('marginRanking', 'left.cols', left.cols, 1);
    checkScoredPairs('marginRanking', pairs, SIGNS);
    const gradients = gradientsOf(pairs, into);
    const upstream = shareOf(reduction, left.rows);
    const terms = new Float32Array(left.rows);
    let [sum, active] = [0, 0];
    for (let i = 0; i < left.rows; i++) {
      const violation = margin - targets[i] * (left.data[i] - right.data[i]);
      const slope = violation >= 0 ? upstream * targets[i] : 0;
      gradients.left.data[i] = -slope;
      gradients.right.data[i] = slope;
      terms[i] = Math.max(0, violation);
      sum += Math.max(0, violation);
      if (violation > 0) active++;
    }
    return { value: upstream * sum, terms, active, gradients };
  };
}
