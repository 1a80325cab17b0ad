import type { PairGeometry } from './kernels.ts';

/** 1 where a larger x is farther, a distance, and -1 where it is nearer, a similarity. */
export function farther(geometry: PairGeometry): 1 | -1 {
  return geometry === 'euclidean' || geometry === 'chord' ? 1 : -1;
}
