import { checkEqual } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';

export interface NormalizedRows {
  /** rows × dim, each of length 1 or 0 */
  readonly value: Matrix;
  /** The gradient of Σ upstream · value, which may be written over `upstream`. */
  backward(upstream: Matrix, out?: Matrix): Matrix;
}

/**
 * Each row over its length.
 *
 * A zero row stays zero and has no gradient. (torch's normalize divides rows shorter than 1e-12 by that.)
 *
 * @throws RangeError if an entry is not finite
 */
export function normalize(x: Matrix): NormalizedRows {
  checkFiniteRows('normalize', 'x', x);
  const normalized = kernels.normalize(x);
  return {
    value: normalized.unit,
    backward(upstream, out) {
      checkEqual('normalize', 'upstream.rows', upstream.rows, x.rows);
      checkEqual('normalize', 'upstream.cols', upstream.cols, x.cols);
      return kernels.normalizeBackward(normalized, upstream, out);
    },
  };
}
