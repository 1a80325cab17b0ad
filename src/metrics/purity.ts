import { contingency } from './contingency.ts';

/**
 * The share of rows that are of the largest class of their cluster.
 *
 * In (0, 1]; NaN without rows. As many clusters as rows have 1.
 *
 * @throws RangeError if the lengths differ
 * @see Manning, Raghavan and Schütze, "Introduction to information retrieval", 2008, section 16.3
 */
export function purity(labels: ArrayLike<number>, clusters: ArrayLike<number>): number {
  const table = contingency('purity', labels, clusters);
  const largest = new Float64Array(table.clusters.length);
  for (const { cluster, count } of table.cells) largest[cluster] = Math.max(largest[cluster], count);
  return largest.reduce((sum, count) => sum + count, 0) / table.rows;
}
