import { checkEqual } from '../core/check.ts';
import { checkNumbers } from './check-scores.ts';

/**
 * The area under the straight lines between the points (x, y), in their order: Σ (x_i+1 - x_i) (y_i + y_i+1) / 2, and its negative where
 * x falls. 0 of fewer than two points.
 *
 * @throws RangeError if the lengths differ or a number is not finite
 */
export function areaUnder(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkEqual('areaUnder', 'y.length', y.length, x.length);
  checkNumbers('areaUnder', 'x', x);
  checkNumbers('areaUnder', 'y', y);
  let area = 0;
  for (let i = 1; i < x.length; i++) area += ((x[i] - x[i - 1]) * (y[i] + y[i - 1])) / 2;
  return area;
}
