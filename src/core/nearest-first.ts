/** Rows by their distance from an anchor, `away` times x, nearest first. */
export function nearestFirst(x: ArrayLike<number>, rows: Uint32Array, away: 1 | -1): Uint32Array {
  return rows.slice().sort((i, j) => away * (x[i] - x[j]) || i - j);
}

/** How many of some numbers in rising order are less than a number, or at most as much as it. */
export function countBelow(rising: Float64Array, number: number, orEqual = false): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] < number || (orEqual && rising[middle] === number)) low = middle + 1;
    else high = middle;
  }
  return low;
}
