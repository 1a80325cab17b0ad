import { checkEqual } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import type { RowDistance } from './distance.ts';
import { euclidean } from './euclidean.ts';
import { gradientsOf, rowDistances, rowDistancesBackward, type Measured } from './row-distances.ts';

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
  const where = 'pairwiseDistance';
  checkEqual(where, 'right.rows', right.rows, left.rows);
  checkEqual(where, 'right.cols', right.cols, left.cols);
  checkFiniteRows(where, 'left', left);
  checkFiniteRows(where, 'right', right);
  return {
    value: rowDistances(distance, { left, right }),
    backward(upstream, into) {
      checkEqual(where, 'upstream.length', upstream.length, left.rows);
      const gradients = gradientsOf({ left, right }, into);
      rowDistancesBackward(distance, { left, right }, upstream, gradients);
      return gradients;
    },
  };
}
