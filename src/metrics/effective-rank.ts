import type { Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { singularValues, singularValuesOfFew } from './singular-values.ts';

/**
 * exp(-Σ p log p) of p = σ / Σ σ over the singular values σ of the rows as they are: how many directions they make even use of.
 *
 * In [1, the smaller side], 1 where all rows are multiples of one, dim where all directions have as much; NaN where all are 0 or there are
 * none. Takes rows × dim² steps, in float64, and lets the event loop in between: of many rows give a sample.
 *
 * @throws RangeError if an entry is not finite
 * @see Roy and Vetterli, "The effective rank", 2007; Garrido et al., "RankMe", 2023 (which adds 1e-7 to each p)
 */
export async function effectiveRank(rows: Matrix): Promise<number> {
  checkFiniteRows('effectiveRank', 'rows', rows);
  return ofValues(await singularValues(rows));
}

/** The same of some hundred rows at once. */
export function effectiveRankOfFew(rows: Matrix): number {
  checkFiniteRows('effectiveRankOfFew', 'rows', rows);
  return ofValues(singularValuesOfFew(rows));
}

function ofValues(values: Float64Array): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (sum === 0) return NaN;
  return Math.exp(
    values.reduce(
      (entropy, value) => (value === 0 ? entropy : entropy - (value / sum) * Math.log(value / sum)),
      0,
    ),
  );
}
