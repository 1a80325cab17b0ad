import { contingency, type Contingency } from './contingency.ts';
import { pairsOf } from './pairs-of.ts';

/**
 * ARI: the share of pairs of rows that classes and clusters agree on, together or apart, less what chance gives and over what it leaves.
 *
 * In [-0.5, 1]: 1 where each is the other renamed, about 0 for chance. NaN without rows.
 *
 * @throws RangeError if the lengths differ
 * @see Hubert and Arabie, "Comparing partitions", 1985; scikit-learn's adjusted_rand_score
 */
export function adjustedRandIndex(labels: ArrayLike<number>, clusters: ArrayLike<number>): number {
  const table = contingency('adjustedRandIndex', labels, clusters);
  if (table.rows === 0) return NaN;
  const { both, ofClasses, ofClusters } = togetherIn(table);
  const all = pairsOf(table.rows);
  // every pair apart in both, or together in both: nothing is left to chance
  if (ofClasses === ofClusters && (ofClasses === 0 || ofClasses === all)) return 1;
  const expected = (ofClasses / all) * ofClusters;
  return (both - expected) / ((ofClasses + ofClusters) / 2 - expected);
}

/**
 * The geometric mean of the share of pairs in one cluster that are of one class, and of the share of pairs of one class that are in one cluster.
 *
 * In [0, 1]; 0 where no pair is together in both. NaN without rows.
 *
 * @throws RangeError if the lengths differ
 * @see Fowlkes and Mallows, "A method for comparing two hierarchical clusterings", 1983; scikit-learn's fowlkes_mallows_score
 */
export function fowlkesMallows(labels: ArrayLike<number>, clusters: ArrayLike<number>): number {
  const table = contingency('fowlkesMallows', labels, clusters);
  if (table.rows === 0) return NaN;
  const { both, ofClasses, ofClusters } = togetherIn(table);
  return both === 0 ? 0 : Math.sqrt(both / ofClasses) * Math.sqrt(both / ofClusters);
}

/** How many pairs of rows stand together. */
function togetherIn({ classes, clusters, cells }: Contingency) {
  return {
    both: cells.reduce((sum, { count }) => sum + pairsOf(count), 0),
    ofClasses: classes.reduce((sum, size) => sum + pairsOf(size), 0),
    ofClusters: clusters.reduce((sum, size) => sum + pairsOf(size), 0),
  };
}
