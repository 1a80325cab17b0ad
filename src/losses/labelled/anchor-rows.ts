import { type Labelled, listOf } from '../../core/batches.ts';
import { matrix, row, rowsBetween, type Matrix } from '../../core/matrix.ts';
import { innerProduct, squaredDifference } from '../../distances/distance.ts';
import { kernels } from '../../kernels/active.ts';
import type { PairGeometry } from '../../kernels/kernels.ts';
import { ofUnitRows } from '../../kernels/pair-geometry.ts';
import type { Relatives } from './mined.ts';

/** Anchors taken at a time: memory is BLOCK × rows and rows × dim, never rows × rows. */
const BLOCK = 128;

/**
 * Rows whose squared distance is less than this share of their own squares are compared entry by entry: of a product in
 * float32 too little of it is left.
 */
const NEAR = 1 / 32;

/** An anchor with no more slopes than these meets each of their rows on its own, one with more all rows in a product. */
const FEW = 8;

/** One row against all rows. What it holds is the next anchor's once it has been seen. */
export interface Anchor {
  /** its number */
  readonly row: number;
  /** rows; its similarity to each, or its distance from each */
  readonly x: ArrayLike<number>;
  /** the other rows of its label, by number, or those that were mined for it */
  readonly positives: Uint32Array;
  /** the rows of other labels, or mined likewise */
  readonly negatives: Uint32Array;
  /** rows, zeros; what is written here is the slope of the loss along x */
  readonly slopes: Float64Array;
}

/** What anchors are made of. */
export interface AnchorRows extends Pick<Labelled, 'embeddings' | 'labels'> {
  /** who is which to each, where labels do not say it */
  readonly mined?: Relatives;
}

/** The gradient of all slopes that were written, times a factor. */
export type AnchorGradient = (share: number, out?: Matrix) => Matrix;

/**
 * Shows `see` each row of a batch, in order, with what stands between it and all rows, and brings the slopes it writes back to the
 * rows. Without slopes this is half the work.
 *
 * Equal rows are at distance 0 and, unless it is squared, without a slope. A zero row has by cosine similarity 0 to everything,
 * and by cosine and chord no gradient.
 */
export function overAnchors(
  { embeddings, labels, mined }: AnchorRows,
  geometry: PairGeometry,
  see: (anchor: Anchor) => void,
): AnchorGradient {
  const normalized = ofUnitRows(geometry) ? kernels.normalize(embeddings) : undefined;
  const seen = normalized?.unit ?? embeddings;
  const all = geometry === 'dot' ? seen : centered(seen);
  const { rows, cols } = all;
  const space = {
    all,
    squares: Float64Array.from({ length: rows }, (_, i) => innerProduct(row(all, i), row(all, i))),
    norms: normalized?.norms,
    geometry,
  };
  const sums = { total: new Float64Array(rows * cols), own: new Float64Array(rows) };
  const [x, slopes, numbers] = [new Float64Array(rows), new Float64Array(rows), new Uint32Array(rows)];
  // used again by each block
  const most = Math.min(BLOCK, rows);
  const [products, weights] = [matrix(most, rows), matrix(most, rows)];
  const [forward, back] = [matrix(most, cols), matrix(rows, cols)];
  for (let start = 0; start < rows; start += BLOCK) {
    const count = Math.min(BLOCK, rows - start);
    const block = rowsBetween(all, start, start + count);
    kernels.timesTransposed(block, all, rowsBetween(products, 0, count));
    weights.data.fill(0);
    let weighed = false;
    for (let i = start; i < start + count; i++) {
      measure(space, i, row(products, i - start), x);
      slopes.fill(0);
      see({ row: i, x, slopes, ...relatives(labels, i, numbers, mined) });
      if (weigh(space, i, x, slopes, row(weights, i - start), sums)) weighed = true;
    }
    if (!weighed) continue;
    const used = rowsBetween(weights, 0, count);
    add(sums.total, start * cols, kernels.times(used, all, rowsBetween(forward, 0, count)));
    add(sums.total, 0, kernels.transposedTimes(used, block, back));
  }
  return (share, out = matrix(rows, cols)) => {
    for (let i = 0; i < rows; i++) {
      for (let e = i * cols; e < (i + 1) * cols; e++) {
        out.data[e] = share * (sums.total[e] + sums.own[i] * all.data[e]);
      }
    }
    return normalized === undefined ? out : kernels.normalizeBackward(normalized, out, out);
  };
}

interface Space {
  /** the rows as the geometry sees them; where it is of differences, about their mean */
  readonly all: Matrix;
  /** rows; of each the inner product with itself */
  readonly squares: Float64Array;
  /** rows; their lengths, where they were brought to one */
  readonly norms?: Float64Array;
  readonly geometry: PairGeometry;
}

/** The gradient: of row i its total, and `own` times the row. */
interface Sums {
  readonly total: Float64Array;
  readonly own: Float64Array;
}

/** x of one anchor, of its inner products with all rows. */
function measure(
  { all, squares, norms, geometry }: Space,
  i: number,
  products: Float32Array,
  x: Float64Array,
): void {
  x.set(products);
  if (geometry === 'dot') return;
  const rooted = geometry === 'euclidean' || geometry === 'chord';
  for (let j = 0; j < x.length; j++) {
    const both = squares[i] + squares[j];
    let squared = both - 2 * products[j];
    if (squared < NEAR * both) squared = squaredDifference(row(all, i), row(all, j));
    if (geometry !== 'cosine') x[j] = rooted ? Math.sqrt(squared) : squared;
    else x[j] = norms?.[i] === 0 || norms?.[j] === 0 ? 0 : 1 - squared / 2;
  }
}

/**
 * One anchor's chain rule. A pair's slope weighs row j in the gradient of row i and row i in that of row j, and but for inner products
 * each as much in its own, the other way. (By cosine it is as by 1 - d² / 2: the two differ in what the normalization takes out.)
 *
 * Near rows are added here, where their difference is taken before it is rounded; the others are left to a product, with true.
 */
function weigh(
  { all, squares, geometry }: Space,
  i: number,
  x: Float64Array,
  slopes: Float64Array,
  weights: Float32Array,
  { total, own }: Sums,
): boolean {
  const rooted = geometry === 'euclidean' || geometry === 'chord';
  const few = written(slopes) <= FEW;
  let weighed = false;
  for (let j = 0; j < slopes.length; j++) {
    if (slopes[j] === 0 || (rooted && x[j] === 0)) continue;
    let [weight, squared] = [slopes[j], Infinity];
    if (geometry === 'cosine') squared = 2 - 2 * x[j];
    else if (geometry !== 'dot') {
      squared = rooted ? x[j] * x[j] : x[j];
      weight *= rooted ? -1 / x[j] : -2;
    }
    const back = geometry === 'dot' ? 0 : -weight;
    if (few || squared < NEAR * (squares[i] + squares[j])) {
      addPair(all, i, j, weight, back, total);
    } else {
      weights[j] = weight;
      own[i] += back;
      own[j] += back;
      weighed = true;
    }
  }
  return weighed;
}

/** Adds `weight` times the other row and `back` times the row itself to the gradients of rows i and j. */
function addPair(
  { data, cols }: Matrix,
  i: number,
  j: number,
  weight: number,
  back: number,
  total: Float64Array,
): void {
  for (let k = 0; k < cols; k++) {
    const [a, b] = [i * cols + k, j * cols + k];
    total[a] += weight * data[b] + back * data[a];
    total[b] += weight * data[a] + back * data[b];
  }
}

/** Rows less their mean: what they differ by is the same, and where all of them are near one another it is no longer lost in what they share. */
function centered(rows: Matrix): Matrix {
  const mean = new Float64Array(rows.cols);
  for (let e = 0; e < rows.data.length; e++) mean[e % rows.cols] += rows.data[e] / rows.rows;
  return matrix(
    rows.rows,
    rows.cols,
    rows.data.map((value, e) => value - mean[e % rows.cols]),
  );
}

/** The other rows of an anchor's label and the rows of others, in memory that is used again; or what was mined. */
function relatives(
  labels: Int32Array,
  i: number,
  numbers: Uint32Array,
  mined: Relatives | undefined,
): Pick<Anchor, 'positives' | 'negatives'> {
  if (mined !== undefined)
    return { positives: listOf(mined.positives, i), negatives: listOf(mined.negatives, i) };
  let [positives, negatives] = [0, numbers.length];
  for (let j = 0; j < labels.length; j++) if (labels[j] === labels[i] && j !== i) numbers[positives++] = j;
  for (let j = labels.length - 1; j >= 0; j--) if (labels[j] !== labels[i]) numbers[--negatives] = j;
  return { positives: numbers.subarray(0, positives), negatives: numbers.subarray(negatives) };
}

/** How many are not 0. */
function written(slopes: Float64Array): number {
  let counted = 0;
  for (const slope of slopes) if (slope !== 0) counted++;
  return counted;
}

function add(total: Float64Array, at: number, { data }: Matrix): void {
  for (let e = 0; e < data.length; e++) total[at + e] += data[e];
}
