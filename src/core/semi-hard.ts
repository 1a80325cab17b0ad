import { countBelow } from './nearest-first.ts';

/**
 * For each of an anchor's positives, given nearest first, the nearest negative that is farther, of several the first; undefined where none
 * is. `away` times x is the distance.
 */
export function semiHardOf(
  x: ArrayLike<number>,
  positives: Uint32Array,
  negatives: Uint32Array,
  away: 1 | -1,
): readonly (number | undefined)[] {
  const distances = Float64Array.from(positives, (p) => away * x[p]);
  // by how many positives are nearer than it, the nearest negative
  const nearest = Array.from<number | undefined>({ length: positives.length + 1 });
  for (const n of negatives) {
    const nearer = countBelow(distances, away * x[n]);
    const last = nearest[nearer];
    if (last === undefined || away * x[n] < away * x[last]) nearest[nearer] = n;
  }
  // what is past a positive is past the nearer ones too
  for (let q = positives.length - 1; q >= 0; q--) nearest[q] ??= nearest[q + 1];
  return nearest.slice(1);
}
