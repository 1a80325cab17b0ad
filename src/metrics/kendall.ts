import { checkEqual } from '../core/check.ts';
import { checkNumbers } from './check-scores.ts';
import { pairsOf } from './pairs-of.ts';

/**
 * τ-b: (concordant - discordant pairs) / √(pairs not tied in x · pairs not tied in y).
 *
 * In [-1, 1]; NaN where x or y is constant or has fewer than two values. In rows · log(rows) steps, not over all pairs.
 *
 * @throws RangeError if the lengths differ or a number is not finite
 * @see Kendall, "The treatment of ties in ranking problems", 1945; Knight, "A computer method for calculating Kendall's tau", 1966
 */
export function kendall(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkEqual('kendall', 'y.length', y.length, x.length);
  checkNumbers('kendall', 'x', x);
  checkNumbers('kendall', 'y', y);
  const order = Uint32Array.from(x, (_, i) => i).sort((i, j) => x[i] - x[j] || y[i] - y[j]);
  const inOrder = Float64Array.from(order, (i) => y[i]);
  const all = pairsOf(order.length);
  const tiedInX = tiedPairs(order.length, (a, b) => x[order[a]] === x[order[b]]);
  const tiedInBoth = tiedPairs(
    order.length,
    (a, b) => x[order[a]] === x[order[b]] && inOrder[a] === inOrder[b],
  );
  const discordant = sortedInversions(inOrder);
  // they are sorted now
  const tiedInY = tiedPairs(order.length, (a, b) => inOrder[a] === inOrder[b]);
  const difference = all - tiedInX - tiedInY + tiedInBoth - 2 * discordant;
  const tau = difference / Math.sqrt(all - tiedInX) / Math.sqrt(all - tiedInY);
  return Math.min(1, Math.max(-1, tau));
}

/** Pairs within runs of neighbors that are the same. */
function tiedPairs(rows: number, same: (a: number, b: number) => boolean): number {
  let pairs = 0;
  for (let first = 0, past = 0; first < rows; first = past) {
    while (past < rows && same(first, past)) past++;
    pairs += pairsOf(past - first);
  }
  return pairs;
}

/** Sorts by merging, and counts the pairs that stood the wrong way round. */
function sortedInversions(values: Float64Array): number {
  let inversions = 0;
  const merged = new Float64Array(values.length);
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(middle + width, values.length);
      for (let e = start, left = start, right = middle; e < end; e++) {
        const takesLeft = right === end || (left < middle && values[left] <= values[right]);
        if (!takesLeft) inversions += middle - left;
        merged[e] = takesLeft ? values[left++] : values[right++];
      }
    }
    values.set(merged);
  }
  return inversions;
}
