import { checkEqual } from '../core/check.ts';
import { checkNumbers } from './check-scores.ts';

/**
 * Σ (x - x̄) (y - ȳ) / √(Σ (x - x̄)² Σ (y - ȳ)²): how nearly y is a straight line of x.
 *
 * In [-1, 1]; NaN where x or y is constant or has fewer than two values.
 *
 * @throws RangeError if the lengths differ or a number is not finite
 * @see Pearson, "Note on regression and inheritance in the case of two parents", 1895
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkEqual('pearson', 'y.length', y.length, x.length);
  if (x.length === 0) return NaN;
  const [dx, dy] = [unitDeviations('x', x), unitDeviations('y', y)];
  const product = dx.reduce((sum, value, i) => sum + value * dy[i], 0);
  return Math.min(1, Math.max(-1, product));
}

/** Less their mean, over their length; NaN of a constant. */
function unitDeviations(name: string, values: ArrayLike<number>): Float64Array {
  checkNumbers('pearson', name, values);
  // over the largest first: squares of large numbers may be infinite
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  const scaled = Float64Array.from(values, (value) => value / largest);
  const mean = scaled.reduce((sum, value) => sum + value, 0) / scaled.length;
  const constant = scaled.every((value) => value === scaled[0]);
  const deviations = scaled.map((value) => (constant ? 0 : value - mean));
  const length = Math.sqrt(deviations.reduce((sum, value) => sum + value * value, 0));
  return deviations.map((value) => value / length);
}
