import { checkEqual, checkPositive, refuse } from '../core/check.ts';
import { gather, matrix, type Matrix, row } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { centered, centering } from './centering.ts';

export interface WithinClassWhiteningOptions {
  /** What is added to the covariance along its diagonal, times the mean variance: the more, the less is changed. @default 1 */
  readonly shrinkage?: number;
}

/** x ↦ (x - mean) W: at rest a 'centering' and a 'linear' layer. */
export interface Whitening {
  /** 1 × dim */
  readonly mean: Matrix;
  /** dim × dim, upper triangular */
  readonly weights: Matrix;
  /** A copy. */
  apply(rows: Matrix): Matrix;
}

/**
 * Makes directions alike in how far rows of a class lie apart along them: W Wᵀ = (S + shrinkage · tr(S) / dim · I)⁻¹, S the covariance of rows
 * about the means of their classes, and the mean that of all rows. Elsewhere it is called within-class covariance normalization, WCCN; it needs no
 * training, and is a good place to start one from.
 *
 * A zero row stands for a text without a vector: it counts nowhere and stays zero. Classes of a single row say nothing of S. Takes
 * rows × dim² steps and dim³.
 *
 * @throws RangeError if labels do not match the rows, an entry is not finite, no two rows of a class differ, or shrinkage is not a finite
 *   number > 0; at `apply`, if columns differ
 * @see Hatch, Kajarekar and Stolcke, "Within-class covariance normalization for SVM-based speaker recognition", 2006 (its smoothing is by
 *   weights of two covariances)
 */
export function withinClassWhitening(
  rows: Matrix,
  labels: ArrayLike<number>,
  { shrinkage = 1 }: WithinClassWhiteningOptions = {},
): Whitening {
  const where = 'withinClassWhitening';
  checkEqual(where, 'labels.length', labels.length, rows.rows);
  checkPositive(where, 'shrinkage', shrinkage);
  checkFiniteRows(where, 'rows', rows);
  const { mean } = centering([rows]);
  const weights = inverseRoot(where, covarianceWithin(where, rows, labels), shrinkage);
  return { mean, weights, apply: (given) => kernels.times(centered(mean, given), weights) };
}

/** The mean of (x - m)ᵀ (x - m) over the rows x that are not zero, m the mean of x's class. */
function covarianceWithin(where: string, rows: Matrix, labels: ArrayLike<number>): Float64Array {
  const members = new Map<number, number[]>();
  let counted = 0;
  for (let i = 0; i < rows.rows; i++) {
    if (row(rows, i).every((value) => value === 0)) continue;
    counted++;
    const own = members.get(labels[i]);
    if (own === undefined) members.set(labels[i], [i]);
    else own.push(i);
  }
  const apart = matrix(rows.rows, rows.cols);
  for (const own of members.values()) {
    const ofClass = gather(rows, own);
    const about = centering([ofClass]).apply(ofClass);
    own.forEach((i, at) => row(apart, i).set(row(about, at)));
  }
  if (apart.data.every((value) => value === 0)) refuse(where, 'rows of a class must differ', 'none that do');
  return Float64Array.from(kernels.transposedTimes(apart, apart).data, (sum) => sum / counted);
}

/** W with W Wᵀ = (S + shrinkage · tr(S) / dim · I)⁻¹: of S + … = L Lᵀ (Cholesky) the transposed inverse of L. */
function inverseRoot(where: string, covariance: Float64Array, shrinkage: number): Matrix {
  const dim = Math.sqrt(covariance.length);
  let trace = 0;
  for (let k = 0; k < dim; k++) trace += covariance[k * dim + k];
  const lower = new Float64Array(covariance.length);
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j <= i; j++) {
      let left = covariance[i * dim + j] + (i === j ? (shrinkage * trace) / dim : 0);
      for (let k = 0; k < j; k++) left -= lower[i * dim + k] * lower[j * dim + k];
      if (i === j && !(left > 0)) refuse(where, 'shrinkage must be larger for these rows', shrinkage);
      lower[i * dim + j] = i === j ? Math.sqrt(left) : left / lower[j * dim + j];
    }
  }
  const weights = new Float64Array(covariance.length);
  for (let j = 0; j < dim; j++) {
    weights[j * dim + j] = 1 / lower[j * dim + j];
    for (let i = j + 1; i < dim; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum += lower[i * dim + k] * weights[j * dim + k];
      weights[j * dim + i] = -sum / lower[i * dim + i];
    }
  }
  return matrix(dim, dim, Float32Array.from(weights));
}
