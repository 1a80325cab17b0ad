import { checkNumbers } from './check-scores.ts';

/**
 * The rank of each value, the smallest having 1; equal ones have the mean of the ranks they take up.
 *
 * @throws RangeError if a value is not finite
 * @see SciPy's rankdata
 */
export function ranks(values: ArrayLike<number>): Float64Array {
  checkNumbers('ranks', 'values', values);
  const order = Uint32Array.from(values, (_, i) => i).sort((i, j) => values[i] - values[j]);
  const found = new Float64Array(values.length);
  for (let first = 0, past = 0; first < order.length; first = past) {
    while (past < order.length && values[order[past]] === values[order[first]]) past++;
    for (let e = first; e < past; e++) found[order[e]] = (first + 1 + past) / 2;
  }
  return found;
}
