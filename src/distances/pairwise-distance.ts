import { checkEqual } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { checkBeside } from './check-beside.ts';
import type { RowDistance } from './distance.ts';
import { euclidean } from './euclidean.ts';
import type { Measured } from './measured.ts';
import { rowDistances } from './row-distances.ts';

/**
 * How far each left row is from the right one beside it: one number a row.
 *
 * torch's pairwise_distance is that of `lp({ p: 2, eps: 1e-6 })`.
 *
 * @throws RangeError if the shapes differ or an entry is not finite
 */
export function pairwiseDistance(
  left: Matrix,
  right: Matrix,
  distance: RowDistance = euclidean,
): Measured<Float64Array> {
  checkBeside('pairwiseDistance', { left, right });
  const { value, backward } = rowDistances(distance, { left, right });
  return {
    value,
    backward(upstream, into) {
      checkEqual('pairwiseDistance', 'upstream.length', upstream.length, left.rows);
      return backward(upstream, into);
    },
  };
}
