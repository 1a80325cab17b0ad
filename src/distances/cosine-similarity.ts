import { checkEqual, checkNonNegative } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { checkBeside } from './check-beside.ts';
import type { Measured } from './measured.ts';
import { cosineOfProducts, measureProducts } from './of-products.ts';

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
  checkNonNegative('cosineSimilarity', 'eps', eps);
  checkBeside('cosineSimilarity', { left, right });
  const { value, backward } = measureProducts(cosineOfProducts(eps), { left, right });
  return {
    value,
    backward(upstream, into) {
      checkEqual('cosineSimilarity', 'upstream.length', upstream.length, left.rows);
      return backward(upstream, into);
    },
  };
}
