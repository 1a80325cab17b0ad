import { checkWhole, refuse } from '../core/check.ts';
import { matrix, row, rowsBetween, type Matrix } from '../core/matrix.ts';
import { innerProduct, squaredDifference } from '../core/products.ts';
import { random, type Random } from '../core/random.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';

export interface KMeansOptions {
  /** How many clusters. */
  readonly k: number;
  /** @default 0 */
  readonly seed?: number;
  /** Starts, of which the best is kept. @default 1 */
  readonly starts?: number;
  /** Steps of a start, which ends before where no row changes its cluster. @default 100 */
  readonly most?: number;
}

export interface KMeans {
  /** rows; the number of each row's cluster, in [0, k) */
  readonly clusters: Int32Array;
  /** k × dim; the mean of each cluster's rows */
  readonly centers: Matrix;
  /** Σ |x - its center|² */
  readonly inertia: number;
}

/**
 * Divides rows into k clusters, each row going with the nearest mean, by euclidean distance: Lloyd's steps from a k-means++ start. Normalize rows
 * that are compared by cosine.
 *
 * The same seed gives the same clusters on the same kernels. No cluster is empty: one that would be takes the row farthest from its
 * own mean. Leaves the event loop free while distances are measured, and keeps no rows × k of them.
 *
 * @throws RangeError if k is not a whole number in [1, rows], starts or most are not whole numbers >= 1, or an entry is not finite
 * @see Lloyd, "Least squares quantization in PCM", 1982; Arthur and Vassilvitskii, "k-means++", 2007
 */
export async function kMeans(
  rows: Matrix,
  { k, seed = 0, starts = 1, most = 100 }: KMeansOptions,
): Promise<KMeans> {
  checkWhole('kMeans', 'k', k, 1);
  checkWhole('kMeans', 'starts', starts, 1);
  checkWhole('kMeans', 'most', most, 1);
  if (k > rows.rows) refuse('kMeans', `k must be at most the number of rows, ${rows.rows}`, k);
  checkFiniteRows('kMeans', 'rows', rows);
  let best = await fromStart(rows, await plusPlus(rows, k, random(seed, 0)), most);
  for (let start = 1; start < starts; start++) {
    const found = await fromStart(rows, await plusPlus(rows, k, random(seed, start)), most);
    if (found.inertia < best.inertia) best = found;
  }
  return best;
}

async function fromStart(rows: Matrix, centers: Matrix, most: number): Promise<KMeans> {
  const ids = Uint32Array.from({ length: centers.rows }, (_, c) => c);
  const clusters = new Int32Array(rows.rows).fill(-1);
  for (let step = 0; step < most; step++) {
    const nearest = await kernels.later.topK(rows, { rows: centers, ids }, 1, { similarity: 'euclidean' });
    fillEmpty(nearest.rows, nearest.scores, centers.rows);
    if (nearest.rows.every((c, i) => c === clusters[i])) break;
    clusters.set(nearest.rows);
    moveToMeans(rows, clusters, centers);
  }
  let inertia = 0;
  clusters.forEach((c, i) => (inertia += squaredDifference(row(rows, i), row(centers, c))));
  return { clusters, centers, inertia };
}

/** Gives each empty cluster the row that is farthest from the center of its own, where that has others. Scores are minus squared distances. */
function fillEmpty(clusters: Uint32Array, scores: Float32Array, k: number): void {
  const sizes = new Uint32Array(k);
  clusters.forEach((c) => sizes[c]++);
  sizes.forEach((size, empty) => {
    if (size > 0) return;
    let farthest = -1;
    clusters.forEach((c, i) => {
      if (sizes[c] > 1 && (farthest < 0 || scores[i] < scores[farthest])) farthest = i;
    });
    sizes[clusters[farthest]]--;
    sizes[empty]++;
    clusters[farthest] = empty;
    scores[farthest] = 0;
  });
}

function moveToMeans(rows: Matrix, clusters: Int32Array, centers: Matrix): void {
  const { cols } = rows;
  const sums = new Float64Array(centers.data.length);
  const sizes = new Uint32Array(centers.rows);
  clusters.forEach((c, i) => {
    sizes[c]++;
    for (let d = 0; d < cols; d++) sums[c * cols + d] += rows.data[i * cols + d];
  });
  for (let e = 0; e < sums.length; e++) centers.data[e] = sums[e] / sizes[Math.floor(e / cols)];
}

/** Rows to start from, each drawn by its squared distance from the nearest drawn before. */
async function plusPlus(rows: Matrix, k: number, { below, uniform }: Random): Promise<Matrix> {
  const centers = matrix(k, rows.cols);
  const squares = Float64Array.from({ length: rows.rows }, (_, i) =>
    innerProduct(row(rows, i), row(rows, i)),
  );
  const nearest = new Float64Array(rows.rows).fill(Infinity);
  let drawn = below(rows.rows);
  for (let c = 0; c < k; c++) {
    centers.data.set(row(rows, drawn), c * rows.cols);
    const products = (await kernels.later.timesTransposed(rows, rowsBetween(centers, c, c + 1))).data;
    let total = 0;
    for (let i = 0; i < nearest.length; i++) {
      nearest[i] = Math.min(nearest[i], Math.max(0, squares[i] + squares[drawn] - 2 * products[i]));
      total += nearest[i];
    }
    nearest[drawn] = 0;
    drawn = total === 0 ? below(rows.rows) : drawnBy(nearest, uniform() * total);
  }
  return centers;
}

/** The row at which the running sum passes a number. */
function drawnBy(weights: Float64Array, at: number): number {
  let last = 0;
  for (let i = 0, sum = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = i;
    sum += weights[i];
    if (sum > at) break;
  }
  return last;
}
