import { checkEqual } from '../core/check.ts';
import { numbered } from './numbered.ts';

/** How two ways to divide the same rows fall together: only pairs of a class and a cluster that have rows in common are kept. */
export interface Contingency {
  readonly rows: number;
  /** the rows of each class */
  readonly classes: Uint32Array;
  /** the rows of each cluster */
  readonly clusters: Uint32Array;
  /** by class and cluster, how many rows they share */
  readonly cells: readonly Cell[];
}

export interface Cell {
  readonly class: number;
  readonly cluster: number;
  readonly count: number;
}

/** @throws RangeError if the lengths differ */
export function contingency(
  where: string,
  labels: ArrayLike<number>,
  clusters: ArrayLike<number>,
): Contingency {
  checkEqual(where, 'clusters.length', clusters.length, labels.length);
  const [ofClass, ofCluster] = [numbered(labels), numbered(clusters)];
  const counts = new Map<number, number>();
  ofClass.of.forEach((label, i) => {
    const key = label * ofCluster.sizes.length + ofCluster.of[i];
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  const cells = Array.from(counts, ([key, count]) => ({
    class: Math.floor(key / ofCluster.sizes.length),
    cluster: key % ofCluster.sizes.length,
    count,
  }));
  return { rows: labels.length, classes: ofClass.sizes, clusters: ofCluster.sizes, cells };
}
