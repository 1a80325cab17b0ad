/** The largest difference between two lists of numbers, over the largest of the second or what they are sums of. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>, size = 1e-3): number {
  let [most, farthest] = [size, 0];
  for (let e = 0; e < expected.length; e++) {
    most = Math.max(most, Math.abs(expected[e]));
    // NaN counts as far
    const apart = Math.abs(actual[e] - expected[e]);
    farthest = apart <= farthest ? farthest : apart;
  }
  return farthest / most;
}
