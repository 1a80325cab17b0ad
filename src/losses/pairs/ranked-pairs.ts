import type { ScoredPairGradients, ScoredPairs } from '../../core/batches.ts';
import { checkPositive } from '../../core/check.ts';
import type { LeftAndRight, Measured } from '../../distances/measured.ts';
import type { Loss } from '../loss.ts';
import { checkScoredPairs, SCORES } from './scored-pairs.ts';

/**
 * log(1 + Σ exp(scale (s_i - s_j))) over i, j with target_i < target_j, of the similarity s of each left row and the right one
 * beside it. One term a batch, in rows log rows steps.
 */
export function rankedPairs(
  where: string,
  similarities: (rows: LeftAndRight) => Measured<Float64Array>,
  scale: number,
): Loss<ScoredPairs, ScoredPairGradients> {
  checkPositive(where, 'scale', scale);
  return (pairs, into) => {
    checkScoredPairs(where, pairs, SCORES);
    const similarity = similarities(pairs);
    const { value, slopes } = disorder(
      similarity.value.map((s) => scale * s),
      pairs.targets,
    );
    const gradients = similarity.backward(
      slopes.map((slope) => scale * slope),
      into,
    );
    return { value, terms: Float32Array.of(value), active: value > 0 ? 1 : 0, gradients };
  };
}

/** log(1 + Σ exp(z_i - z_j)) over target_i < target_j, and its slope along each z. */
function disorder(z: Float64Array, targets: Float32Array): { value: number; slopes: Float64Array } {
  const order = Uint32Array.from(z.keys()).sort((i, j) => targets[i] - targets[j]);
  const slopes = new Float64Array(z.length);
  // as logarithms: of the sum over all pairs so far, and for each row over the rows of lower targets
  const against = new Float64Array(z.length);
  let [value, below] = [0, -Infinity];
  eachTie(order, targets, (tied) => {
    for (const j of tied) {
      against[j] = below - z[j];
      value = logSum(value, against[j]);
    }
    for (const i of tied) below = logSum(below, z[i]);
  });
  let above = -Infinity;
  eachTie(order.toReversed(), targets, (tied) => {
    for (const i of tied) slopes[i] = Math.exp(z[i] + above - value) - Math.exp(against[i] - value);
    for (const j of tied) above = logSum(above, -z[j]);
  });
  return { value, slopes };
}

/** Visits each run of rows of equal targets, in order. */
function eachTie(order: Uint32Array, targets: Float32Array, visit: (tied: Uint32Array) => void): void {
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && targets[order[end]] === targets[order[start]]) end++;
    visit(order.subarray(start, end));
  }
}

/** log(exp a + exp b); one of them may be minus infinity */
function logSum(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}
