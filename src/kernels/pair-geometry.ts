import type { PairGeometry } from './kernels.ts';

/** 1 where a larger x is farther, a distance, and -1 where it is nearer, a similarity. */
export function farther(geometry: PairGeometry): 1 | -1 {
  return geometry === 'dot' || geometry === 'cosine' ? -1 : 1;
}

/** Whether the rows' lengths are of no account. */
export function ofUnitRows(geometry: PairGeometry): boolean {
  return geometry === 'cosine' || geometry === 'chord' || geometry === 'squaredChord';
}

/** Whether x is the square of a distance. */
export function squared(geometry: PairGeometry): boolean {
  return geometry === 'squaredEuclidean' || geometry === 'squaredChord';
}

/** What a distance is where x is 0: it is this and `farther` times x. */
export function distanceAtNone(geometry: PairGeometry): 0 | 1 {
  return geometry === 'cosine' ? 1 : 0;
}
