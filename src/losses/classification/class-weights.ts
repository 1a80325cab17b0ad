import { checkNonNegative } from '../../core/check.ts';

/**
 * What each class or column weighs, for the kernels: a copy.
 *
 * @throws RangeError if one is not a finite number >= 0
 */
export function checkedWeights(where: string, name: string, weights: ArrayLike<number>): Float32Array {
  for (let c = 0; c < weights.length; c++) checkNonNegative(where, `${name}[${c}]`, weights[c]);
  return Float32Array.from(weights);
}
