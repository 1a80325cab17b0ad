type Eligible = (distance: number) => boolean;

/** The column nearest to an anchor of those at an eligible distance, of several the first; undefined where there is none. */
export function nearest(
  away: Float64Array,
  columns: Uint32Array,
  eligible: Eligible = every,
): number | undefined {
  return most(away, columns, -1, eligible);
}

/** As `nearest`, the farthest. */
export function farthest(
  away: Float64Array,
  columns: Uint32Array,
  eligible: Eligible = every,
): number | undefined {
  return most(away, columns, 1, eligible);
}

function every(): boolean {
  return true;
}

function most(
  away: Float64Array,
  columns: Uint32Array,
  sign: 1 | -1,
  eligible: Eligible,
): number | undefined {
  let [found, best]: [number | undefined, number] = [undefined, -Infinity];
  for (const j of columns) {
    if (sign * away[j] > best && eligible(away[j])) [found, best] = [j, sign * away[j]];
  }
  return found;
}
