import { checkNonNegative, refuse } from '../core/check.ts';
import type { RowDistance } from './distance.ts';

export interface LpOptions {
  /** >= 1; Infinity is the largest difference. @default 2 */
  readonly p?: number;
  /** Added to each difference before its size is taken, as torch does: rows that are equal are epsilon · dim^(1/p) apart. @default 1e-6 */
  readonly epsilon?: number;
}

/**
 * (Σ_k |x_k - y_k + epsilon|ᵖ)^(1/p), at least 0: torch's pairwise_distance.
 *
 * With an epsilon the distance of y from x is not quite that of x from y. Where the distance is 0 so is the slope, as is an
 * entry's at p = 1 where its difference is 0; at p = Infinity equally large differences share the slope.
 *
 * @throws RangeError if p is not a number >= 1 or epsilon is not a finite number >= 0
 */
export function lp({ p = 2, epsilon = 1e-6 }: LpOptions = {}): RowDistance {
  if (!(p >= 1)) refuse('lp', 'p must be a number >= 1', p);
  checkNonNegative('lp', 'epsilon', epsilon);
  const between = (x: Float32Array, y: Float32Array): number => {
    // over the largest, no power overflows
    let largest = 0;
    for (let k = 0; k < x.length; k++) largest = Math.max(largest, Math.abs(x[k] - y[k] + epsilon));
    if (largest === 0 || p === Infinity) return largest;
    let sum = 0;
    for (let k = 0; k < x.length; k++) sum += (Math.abs(x[k] - y[k] + epsilon) / largest) ** p;
    return largest * sum ** (1 / p);
  };
  return {
    name: `L${p}`,
    between,
    backward(x, y, upstream, dx, dy) {
      const distance = between(x, y);
      if (distance === 0) return;
      const share = p === Infinity ? upstream / countAt(distance, x, y, epsilon) : upstream;
      for (let k = 0; k < x.length; k++) {
        const difference = x[k] - y[k] + epsilon;
        const size = Math.abs(difference) / distance;
        const slope = share * Math.sign(difference) * (p === Infinity ? Number(size === 1) : size ** (p - 1));
        dx[k] += slope;
        dy[k] -= slope;
      }
    },
  };
}

function countAt(distance: number, x: Float32Array, y: Float32Array, epsilon: number): number {
  let count = 0;
  for (let k = 0; k < x.length; k++) if (Math.abs(x[k] - y[k] + epsilon) === distance) count++;
  return count;
}
