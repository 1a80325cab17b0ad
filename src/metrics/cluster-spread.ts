import { checkEqual } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { numbered } from './numbered.ts';

/**
 * (B / (k - 1)) / (W / (rows - k)): how far the k clusters' means are spread about the mean of all, each by its rows, over how far rows
 * are about their own; both by squared euclidean distance.
 *
 * At least 0, the larger the better apart; Infinity where every row is its cluster's mean, and NaN for one cluster, for as many as rows,
 * and where all rows are the same.
 *
 * @throws RangeError if the lengths differ or an entry is not finite
 * @see Caliński and Harabasz, "A dendrite method for cluster analysis", 1974; scikit-learn's calinski_harabasz_score (1 where W is 0)
 */
export function calinskiHarabasz(embeddings: Matrix, clusters: ArrayLike<number>): number {
  const { of, sizes, means, apart } = meansOf('calinskiHarabasz', embeddings, clusters);
  const { rows, cols, data } = embeddings;
  const [k, center] = [sizes.length, new Float64Array(cols)];
  for (let e = 0; e < data.length; e++) center[e % cols] += data[e] / rows;
  let [spread, within] = [0, 0];
  sizes.forEach((size, c) => (spread += size * apart(means, c, center, 0)));
  of.forEach((c, i) => (within += apart(data, i, means, c)));
  if (k < 2 || k === rows) return NaN;
  return spread / (k - 1) / (within / (rows - k));
}

/**
 * The mean over clusters of the worst of (s_i + s_j) / |m_i - m_j|, s being the mean euclidean distance of a cluster's rows from their mean m.
 *
 * At least 0, the smaller the better apart; Infinity where two clusters have one mean, NaN for one cluster.
 *
 * @throws RangeError if the lengths differ or an entry is not finite
 * @see Davies and Bouldin, "A cluster separation measure", 1979; scikit-learn's davies_bouldin_score
 */
export function daviesBouldin(embeddings: Matrix, clusters: ArrayLike<number>): number {
  const { of, sizes, means, apart } = meansOf('daviesBouldin', embeddings, clusters);
  if (sizes.length < 2) return NaN;
  const spreads = new Float64Array(sizes.length);
  of.forEach((c, i) => (spreads[c] += Math.sqrt(apart(embeddings.data, i, means, c)) / sizes[c]));
  const worst = spreads.map((own, c) =>
    spreads.reduce((most, other, d) => {
      if (c === d || own + other === 0) return most;
      return Math.max(most, (own + other) / Math.sqrt(apart(means, c, means, d)));
    }, 0),
  );
  return worst.reduce((sum, value) => sum + value, 0) / sizes.length;
}

/** The mean of each cluster, in float64, and the squared distance of a row of some rows from one of others. */
function meansOf(where: string, embeddings: Matrix, clusters: ArrayLike<number>) {
  checkEqual(where, 'clusters.length', clusters.length, embeddings.rows);
  checkFiniteRows(where, 'embeddings', embeddings);
  const { cols, data } = embeddings;
  const { of, sizes } = numbered(clusters);
  const means = new Float64Array(sizes.length * cols);
  of.forEach((c, i) => {
    for (let d = 0; d < cols; d++) means[c * cols + d] += data[i * cols + d] / sizes[c];
  });
  const apart = (x: ArrayLike<number>, i: number, y: ArrayLike<number>, j: number): number => {
    let sum = 0;
    for (let d = 0; d < cols; d++) sum += (x[i * cols + d] - y[j * cols + d]) ** 2;
    return sum;
  };
  return { of, sizes, means, apart };
}
