import { checkNonNegative, refuse } from '../core/check.ts';
import type { RowDistance } from './distance.ts';

export interface LpOptions {
  /** 1 is the sum of the differences' sizes, 2 the euclidean distance, and the larger, the more the largest difference decides. @default 2 */
  readonly p?: number;
  /** What is added to every difference. torch's pairwise_distance and triplet_margin_loss add 1e-6. @default 0 */
  readonly eps?: number;
}

/**
 * (Σ_k |x_k - y_k + eps|^p)^(1/p), at least 0.
 *
 * A difference of 0 has no slope along its own column, and at distance 0 there is none at all. With an eps a row is
 * eps dim^(1/p) from itself, with a slope, and it matters a little which row comes first.
 *
 * @throws RangeError if p is not a finite number >= 1 or eps is not a finite number >= 0
 */
export function lp({ p = 2, eps = 0 }: LpOptions = {}): RowDistance {
  if (!(Number.isFinite(p) && p >= 1)) refuse('lp', 'p must be a finite number >= 1', p);
  checkNonNegative('lp', 'eps', eps);
  const raised = powerOf(p);
  const steepness = powerOf(p - 1);
  const between = (x: Float32Array, y: Float32Array): number => {
    let largest = 0;
    for (let k = 0; k < x.length; k++) largest = Math.max(largest, Math.abs(x[k] - y[k] + eps));
    if (largest === 0) return 0;
    // over the largest, no power of a difference overflows, nor do all underflow
    let sum = 0;
    for (let k = 0; k < x.length; k++) sum += raised(Math.abs(x[k] - y[k] + eps) / largest);
    return largest * sum ** (1 / p);
  };
  return {
    name: `l${p}`,
    between,
    backward(x, y, upstream, dx, dy) {
      const distance = between(x, y);
      if (distance === 0) return;
      for (let k = 0; k < x.length; k++) {
        const e = x[k] - y[k] + eps;
        const slope = upstream * Math.sign(e) * steepness(Math.abs(e) / distance);
        dx[k] += slope;
        dy[k] -= slope;
      }
    },
  };
}

/** Σ_k |x_k - y_k| */
export const manhattan: RowDistance = lp({ p: 1 });

function powerOf(power: number): (x: number) => number {
  if (power === 0) return () => 1;
  if (power === 1) return (x) => x;
  if (power === 2) return (x) => x * x;
  return (x) => x ** power;
}
