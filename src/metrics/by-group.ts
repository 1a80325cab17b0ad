/** Values summed by group, groups in the order they come. */
export interface GroupSums {
  readonly sums: Float64Array;
  /** values of each */
  readonly counts: Float64Array;
}

/** Without groups each value is its own. */
export function sumsByGroup(values: ArrayLike<number>, groups?: ArrayLike<number>): GroupSums {
  const numbers = new Map<number, number>();
  const [sums, counts]: [number[], number[]] = [[], []];
  for (let i = 0; i < values.length; i++) {
    const group = groups === undefined ? i : groups[i];
    const at = numbers.get(group) ?? numbers.size;
    numbers.set(group, at);
    sums[at] = (sums[at] ?? 0) + values[i];
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return { sums: Float64Array.from(sums), counts: Float64Array.from(counts) };
}
