import type { Labelled, Views } from '../core/batches.ts';
import { type Matrix, row, rowsBetween } from '../core/matrix.ts';
import { innerProduct } from '../core/products.ts';
import { kernels } from '../kernels/active.ts';
import { alignment } from '../losses/views/alignment.ts';
import { uniformity } from '../losses/views/uniformity.ts';
import { effectiveRankOfFew } from '../metrics/effective-rank.ts';

/** How the embeddings of a batch lie. All are NaN where an entry is not finite. */
export interface EmbeddingFigures {
  /**
   * share of anchors that are nearer, by cosine, to their own positive than to any other item's of the batch; of labelled rows, among those
   * of which there is another of their class, of such that are nearer to one than to any of another class; [0, 1]
   */
  readonly inBatchAccuracy: number;
  /** mean of |a - p|² over unit rows of pairs, of labelled rows over all pairs of a class; [0, 4] */
  readonly alignment: number;
  /** log of the mean of exp(-2 |x - y|²) over unit positives, or unit rows; at most 0, which it is where all are one point */
  readonly uniformity: number;
  /** how many directions the positives, or the rows, make use of */
  readonly effectiveRank: number;
}

/** Of the first pairs, `most` of them. */
export function figuresOfPairs({ anchors, positives, ids }: Views, most: number): EmbeddingFigures {
  const rows = Math.min(most, anchors.rows);
  const [a, p] = [rowsBetween(anchors, 0, rows), rowsBetween(positives, 0, rows)];
  if (!isFinite(a) || !isFinite(p)) return UNKNOWN;
  const [left, right] = [kernels.normalize(a).unit, kernels.normalize(p).unit];
  return {
    inBatchAccuracy: pairAccuracy(left, right, ids),
    alignment: alignment()({ anchors: left, positives: right }).value,
    ...spread(right),
  };
}

/** Of the first labelled rows, `most` of them. */
export function figuresOfRows({ embeddings, labels }: Labelled, most: number): EmbeddingFigures {
  const rows = rowsBetween(embeddings, 0, Math.min(most, embeddings.rows));
  if (!isFinite(rows)) return UNKNOWN;
  const { unit } = kernels.normalize(rows);
  return { ...classFigures(kernels.timesTransposed(unit, unit), labels), ...spread(unit) };
}

const UNKNOWN: EmbeddingFigures = {
  inBatchAccuracy: NaN,
  alignment: NaN,
  uniformity: NaN,
  effectiveRank: NaN,
};

function isFinite({ data }: Matrix): boolean {
  return data.every(Number.isFinite);
}

function spread(unit: Matrix): Pick<EmbeddingFigures, 'uniformity' | 'effectiveRank'> {
  return {
    uniformity: uniformity()({ embeddings: unit }).value,
    effectiveRank: effectiveRankOfFew(unit),
  };
}

/** Copies of its own item are as right as its own row; another item as near as its own is an error. */
function pairAccuracy(anchors: Matrix, positives: Matrix, ids: Uint32Array | undefined): number {
  let right = 0;
  for (let i = 0; i < anchors.rows; i++) {
    const own = innerProduct(row(anchors, i), row(positives, i));
    let nearest = true;
    for (let j = 0; j < positives.rows && nearest; j++) {
      if (j === i || (ids !== undefined && ids[j] === ids[i])) continue;
      nearest = innerProduct(row(anchors, i), row(positives, j)) < own;
    }
    if (nearest) right++;
  }
  return anchors.rows === 0 ? 0 : right / anchors.rows;
}

/** @param cosines of every row with every other; one of another class that is as near as the nearest of its own is an error */
function classFigures(
  cosines: Matrix,
  labels: Int32Array,
): Pick<EmbeddingFigures, 'inBatchAccuracy' | 'alignment'> {
  // 1, or 0 of a zero row
  const squareOf = (i: number): number => row(cosines, i)[i];
  let [right, counted, squares, pairs] = [0, 0, 0, 0];
  for (let i = 0; i < cosines.rows; i++) {
    let [own, other] = [-Infinity, -Infinity];
    row(cosines, i).forEach((cosine, j) => {
      if (j === i) return;
      if (labels[j] !== labels[i]) {
        other = Math.max(other, cosine);
        return;
      }
      own = Math.max(own, cosine);
      squares += Math.max(0, squareOf(i) + squareOf(j) - 2 * cosine);
      pairs++;
    });
    if (own === -Infinity) continue;
    counted++;
    if (own > other) right++;
  }
  return {
    inBatchAccuracy: counted === 0 ? 0 : right / counted,
    alignment: pairs === 0 ? 0 : squares / pairs,
  };
}
