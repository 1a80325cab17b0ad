import { checkEqual } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { pauses } from '../core/patience.ts';
import { distanceBlocks } from '../distances/distance-blocks.ts';
import type { RowDistance } from '../distances/distance.ts';
import { euclidean } from '../distances/euclidean.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { numbered } from './numbered.ts';

export interface SilhouetteOptions {
  /** @default euclidean */
  readonly distance?: RowDistance;
}

/** Distances that are looked at at once. */
const AT_ONCE = 1 << 20;

/**
 * (b - a) / max(a, b) of each row, a being its mean distance to the others of its cluster and b the smallest of its mean distances to
 * the rows of another: one value a row, whose mean is the silhouette score.
 *
 * In [-1, 1]: near 1 well inside, near 0 between two, below it in the wrong cluster. 0 for a row alone in its cluster, and where all
 * distances are 0; NaN where there is one cluster only. Every row against every other, some rows at a time, and the event loop is let in between.
 *
 * @throws RangeError if the lengths differ or an entry is not finite
 * @see Rousseeuw, "Silhouettes", 1987; scikit-learn's silhouette_samples
 */
export async function silhouette(
  embeddings: Matrix,
  clusters: ArrayLike<number>,
  { distance = euclidean }: SilhouetteOptions = {},
): Promise<Float64Array> {
  checkEqual('silhouette', 'clusters.length', clusters.length, embeddings.rows);
  checkFiniteRows('silhouette', 'embeddings', embeddings);
  const { rows } = embeddings;
  const { of, sizes } = numbered(clusters);
  const values = new Float64Array(rows);
  if (sizes.length < 2) return values.fill(NaN);

  const distances = distanceBlocks(distance, embeddings, 0);
  const step = Math.max(1, Math.floor(AT_ONCE / rows));
  const sums = new Float64Array(sizes.length);
  const pause = pauses();
  for (let first = 0; first < rows; first += step) {
    const block = Uint32Array.from({ length: Math.min(step, rows - first) }, (_, b) => first + b);
    const from = distances.from(block);
    block.forEach((i, b) => {
      sums.fill(0);
      for (let j = 0; j < rows; j++) if (j !== i) sums[of[j]] += from[b * rows + j];
      values[i] = between(sums, sizes, of[i]);
    });
    await pause();
  }
  return values;
}

/** From the sums of a row's distances to each cluster. */
function between(sums: Float64Array, sizes: Uint32Array, own: number): number {
  if (sizes[own] === 1) return 0;
  const within = sums[own] / (sizes[own] - 1);
  let nearest = Infinity;
  for (let c = 0; c < sums.length; c++) if (c !== own) nearest = Math.min(nearest, sums[c] / sizes[c]);
  const larger = Math.max(within, nearest);
  return larger === 0 ? 0 : (nearest - within) / larger;
}
