import type { Neighbors } from '../neighbors/neighbor-index.ts';

/**
 * For each query the share of the true k nearest that an index found: of the rows it gave, those no farther than the k-th of the truth, over
 * how many there are. By distance and not by id, so that equally far rows stand for one another.
 *
 * In [0, 1]; 1 where the truth has no rows. Both must be of the same queries and of distances that are measured alike.
 *
 * @see Aumüller, Bernhardsson and Faithfull, "ANN-Benchmarks", 2020 (whose epsilon is 0 here: both are scored alike)
 */
export function indexRecall(found: Neighbors, truth: Neighbors): Float64Array {
  return Float64Array.from(truth.found, (count, q) => {
    if (count === 0) return 1;
    const farthest = truth.distances[q * truth.k + count - 1];
    let hits = 0;
    for (let e = q * found.k; e < q * found.k + found.found[q]; e++)
      if (found.distances[e] <= farthest) hits++;
    return Math.min(hits, count) / count;
  });
}
