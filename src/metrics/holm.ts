import { refuse } from '../core/check.ts';

/**
 * Holm's adjustment of the p of several tests: of m in rising order, the i-th is multiplied by m - i + 1 and is no less than those before. To call
 * significant what is at most α then errs at all, in any of the tests, with a probability of at most α, however the tests depend on one another.
 *
 * In the order given; in [0, 1].
 *
 * @throws RangeError if a p is not in [0, 1]
 * @see Holm, "A simple sequentially rejective multiple test procedure", 1979; R's p.adjust
 */
export function holm(ps: ArrayLike<number>): Float64Array {
  const adjusted = new Float64Array(ps.length);
  for (let i = 0; i < ps.length; i++)
    if (!(ps[i] >= 0 && ps[i] <= 1)) refuse('holm', `p ${i} must be in [0, 1]`, ps[i]);
  const rising = Uint32Array.from(adjusted, (_, i) => i).sort((i, j) => ps[i] - ps[j]);
  let least = 0;
  rising.forEach((i, rank) => {
    least = Math.max(least, Math.min(1, (ps.length - rank) * ps[i]));
    adjusted[i] = least;
  });
  return adjusted;
}
