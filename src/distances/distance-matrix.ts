import { checkEqual } from '../core/check.ts';
import { matrix, row, type Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { squaredDifference } from '../core/products.ts';
import type { RowDistance } from './distance.ts';
import { euclidean } from './euclidean.ts';
import { geometryOf } from './geometry.ts';
import { gradientsOf, type LeftAndRight, type Measured } from './measured.ts';

/** Below this share of |x|² + |y|², |x|² + |y|² - 2 x · y loses digits and the difference of the rows is taken. */
const NEAR = 1 / 8;

/**
 * How far each left row is from each right row: left.rows × right.rows numbers, which no loss needs.
 *
 * `dot`, `cosine`, `euclidean` and `squaredEuclidean` go through the kernels' products; others, `lp` too, a pair at a time. By the
 * euclidean distance equal rows are exactly 0 apart and have no gradient from one another (torch's cdist).
 *
 * @throws RangeError if the rows differ in length or an entry is not finite
 */
export function distanceMatrix(
  left: Matrix,
  right: Matrix,
  distance: RowDistance = euclidean,
): Measured<Matrix> {
  const where = 'distanceMatrix';
  checkEqual(where, 'right.cols', right.cols, left.cols);
  checkFiniteRows(where, 'left', left);
  checkFiniteRows(where, 'right', right);
  const { value, carry } = measured(distance, { left, right });
  return {
    value,
    backward(upstream, into) {
      checkEqual(where, 'upstream.rows', upstream.rows, left.rows);
      checkEqual(where, 'upstream.cols', upstream.cols, right.rows);
      const gradients = gradientsOf({ left, right }, into);
      carry(upstream, gradients);
      return gradients;
    },
  };
}

interface Distances {
  readonly value: Matrix;
  /** Overwrites the gradients. */
  carry(upstream: Matrix, gradients: LeftAndRight): void;
}

function measured(distance: RowDistance, rows: LeftAndRight): Distances {
  switch (geometryOf(distance)) {
    case 'dot':
      return products(rows);
    case 'cosine':
      return cosines(rows);
    case 'euclidean':
      return differences(distance, rows, { of: Math.sqrt, slope: (d) => 1 / d, square: (d) => d * d });
    case 'squaredEuclidean':
      return differences(distance, rows, { of: (square) => square, slope: () => 2, square: (d) => d });
    case undefined:
      return oneByOne(distance, rows);
  }
}

/** -x · y */
function products({ left, right }: LeftAndRight): Distances {
  return {
    value: negated(kernels.timesTransposed(left, right)),
    carry(upstream, gradients) {
      negated(kernels.times(upstream, right, gradients.left));
      negated(kernels.transposedTimes(upstream, left, gradients.right));
    },
  };
}

/** 1 - x · y of unit rows */
function cosines({ left, right }: LeftAndRight): Distances {
  const [x, y] = [kernels.normalize(left), kernels.normalize(right)];
  const { value, carry } = products({ left: x.unit, right: y.unit });
  // of unit rows the product may be a rounding above 1
  value.data.forEach((minus, e) => (value.data[e] = Math.max(0, 1 + minus)));
  return {
    value,
    carry(upstream, gradients) {
      carry(upstream, gradients);
      kernels.normalizeBackward(x, gradients.left, gradients.left);
      kernels.normalizeBackward(y, gradients.right, gradients.right);
    },
  };
}

/** A distance as a function of |x - y|², its slope along the difference over the difference, and the way back to the square. */
interface OfSquare {
  of(square: number): number;
  slope(distance: number): number;
  square(distance: number): number;
}

function differences(
  distance: RowDistance,
  { left, right }: LeftAndRight,
  { of, slope, square }: OfSquare,
): Distances {
  const [xx, yy] = [squares(left), squares(right)];
  const near = (i: number, j: number, squared: number): boolean =>
    !(squared > NEAR * (xx[i] + yy[j]) && squared < Infinity);
  const value = kernels.timesTransposed(left, right);
  eachPair(value, (i, j, e) => {
    const squared = xx[i] + yy[j] - 2 * value.data[e];
    value.data[e] = of(near(i, j, squared) ? squaredDifference(row(left, i), row(right, j)) : squared);
  });
  return {
    value,
    carry(upstream, gradients) {
      // Σ_j w_ij (x_i - y_j) = x_i Σ_j w_ij - Σ_j w_ij y_j, but for rows so near that this loses digits
      const weights = matrix(left.rows, right.rows);
      const [rowSums, colSums] = [new Float64Array(left.rows), new Float64Array(right.rows)];
      eachPair(value, (i, j, e) => {
        if (near(i, j, square(value.data[e]))) return;
        const weight = upstream.data[e] * slope(value.data[e]);
        weights.data[e] = weight;
        rowSums[i] += weight;
        colSums[j] += weight;
      });
      subtractFrom(left, rowSums, kernels.times(weights, right, gradients.left));
      subtractFrom(right, colSums, kernels.transposedTimes(weights, left, gradients.right));
      eachPair(value, (i, j, e) => {
        if (!near(i, j, square(value.data[e]))) return;
        const [dx, dy] = [row(gradients.left, i), row(gradients.right, j)];
        distance.backward(row(left, i), row(right, j), upstream.data[e], dx, dy);
      });
    },
  };
}

function oneByOne(distance: RowDistance, { left, right }: LeftAndRight): Distances {
  const value = matrix(left.rows, right.rows);
  eachPair(value, (i, j, e) => (value.data[e] = distance.between(row(left, i), row(right, j))));
  return {
    value,
    carry(upstream, gradients) {
      gradients.left.data.fill(0);
      gradients.right.data.fill(0);
      eachPair(value, (i, j, e) => {
        const [dx, dy] = [row(gradients.left, i), row(gradients.right, j)];
        distance.backward(row(left, i), row(right, j), upstream.data[e], dx, dy);
      });
    },
  };
}

/** Visits every entry e of a matrix, its row i and its column j. */
function eachPair({ rows, cols }: Matrix, visit: (i: number, j: number, e: number) => unknown): void {
  for (let i = 0, e = 0; i < rows; i++) for (let j = 0; j < cols; j++, e++) visit(i, j, e);
}

function squares(m: Matrix): Float64Array {
  return kernels.rowProducts(m, m).xx;
}

/** In place. */
function negated(m: Matrix): Matrix {
  m.data.forEach((value, e) => (m.data[e] = 0 - value));
  return m;
}

/** Row i of `out` becomes sums[i] times row i of `rows`, less what it was. */
function subtractFrom(rows: Matrix, sums: Float64Array, out: Matrix): void {
  for (let i = 0; i < rows.rows; i++) {
    for (let e = i * rows.cols; e < (i + 1) * rows.cols; e++) {
      out.data[e] = sums[i] * rows.data[e] - out.data[e];
    }
  }
}
