import { checkEqual } from '../core/check.ts';
import { pearson } from './pearson.ts';
import { ranks } from './ranks.ts';

/**
 * Pearson's correlation of the ranks, equal values sharing theirs: how nearly y rises with x. Of similarities against given
 * scores it is the measure of semantic textual similarity.
 *
 * In [-1, 1]; NaN where x or y is constant or has fewer than two values.
 *
 * @throws RangeError if the lengths differ or a number is not finite
 * @see Spearman, "The proof and measurement of association between two things", 1904
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkEqual('spearman', 'y.length', y.length, x.length);
  return pearson(ranks(x), ranks(y));
}
