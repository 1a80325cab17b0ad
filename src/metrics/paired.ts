import { checkEqual, refuse } from '../core/check.ts';

/**
 * after - before, value by value: what a paired comparison is made of.
 *
 * @throws RangeError if the lengths differ or a value is not finite
 */
export function pairedDifferences(
  where: string,
  after: ArrayLike<number>,
  before: ArrayLike<number>,
): Float64Array {
  checkEqual(where, 'before.length', before.length, after.length);
  return Float64Array.from({ length: after.length }, (_, i) => {
    const difference = after[i] - before[i];
    if (!Number.isFinite(difference))
      refuse(where, `value ${i} of each must be a finite number`, `${after[i]} and ${before[i]}`);
    return difference;
  });
}
