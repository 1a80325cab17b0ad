import { checkEqual, checkNonNegative } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { innerProduct, type RowDistance } from './distance.ts';
import { gradientsOf, rowDistances, rowDistancesBackward, type Measured } from './row-distances.ts';

export interface CosineSimilarityOptions {
  /** Rows shorter than this count as this long. @default 1e-8 (torch) */
  readonly eps?: number;
}

/**
 * x · y / (max(|x|, eps) max(|y|, eps)) of each left row x and the right one y beside it, in [-1, 1]: one number a row.
 *
 * A zero row has similarity 0 to everything and no gradient (torch's is of order 1 / eps).
 *
 * @throws RangeError if eps is not a finite number >= 0, the shapes differ or an entry is not finite
 */
export function cosineSimilarity(
  left: Matrix,
  right: Matrix,
  { eps = 1e-8 }: CosineSimilarityOptions = {},
): Measured<Float64Array> {
  const where = 'cosineSimilarity';
  checkNonNegative(where, 'eps', eps);
  checkEqual(where, 'right.rows', right.rows, left.rows);
  checkEqual(where, 'right.cols', right.cols, left.cols);
  checkFiniteRows(where, 'left', left);
  checkFiniteRows(where, 'right', right);
  const distance = cosineFrom(eps);
  return {
    value: rowDistances(distance, { left, right }).map((d) => 1 - d),
    backward(upstream, into) {
      checkEqual(where, 'upstream.length', upstream.length, left.rows);
      const gradients = gradientsOf({ left, right }, into);
      const down = upstream.map((slope) => -slope);
      rowDistancesBackward(distance, { left, right }, down, gradients);
      return gradients;
    },
  };
}

/** 1 - cosine, with rows at least `eps` long. */
function cosineFrom(eps: number): RowDistance {
  const length = (x: Float32Array): number => Math.sqrt(innerProduct(x, x));
  return {
    name: 'cosine',
    between(x, y) {
      const [nx, ny] = [length(x), length(y)];
      return nx === 0 || ny === 0 ? 1 : 1 - innerProduct(x, y) / (Math.max(nx, eps) * Math.max(ny, eps));
    },
    backward(x, y, upstream, dx, dy) {
      const [nx, ny] = [length(x), length(y)];
      if (nx === 0 || ny === 0) return;
      const scale = Math.max(nx, eps) * Math.max(ny, eps);
      const similarity = innerProduct(x, y) / scale;
      // a row that counts as eps long does so however it is moved
      const [alongX, alongY] = [nx < eps ? 0 : similarity / (nx * nx), ny < eps ? 0 : similarity / (ny * ny)];
      for (let k = 0; k < x.length; k++) {
        dx[k] += upstream * (alongX * x[k] - y[k] / scale);
        dy[k] += upstream * (alongY * y[k] - x[k] / scale);
      }
    },
  };
}
