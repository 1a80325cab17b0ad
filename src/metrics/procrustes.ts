import { checkEqual } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { singularValues } from './singular-values.ts';

/**
 * The least |A R - B| / |B| over all orthogonal R (rotations and reflections), by Frobenius norms: what of the change from A to B is more than
 * a turn, which no nearest neighbor notices.
 *
 * At least 0, where B is A turned; at most √(1 + |A|² / |B|²). Rows stand beside one another. Where they have fewer columns in one, zeros are added. NaN
 * where B is 0. Normalize rows that are compared by cosine.
 *
 * @throws RangeError if the rows differ in number or an entry is not finite
 * @see Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966; SciPy's orthogonal_procrustes
 */
export async function procrustesResidual(a: Matrix, b: Matrix): Promise<number> {
  checkEqual('procrustesResidual', 'b.rows', b.rows, a.rows);
  checkFiniteRows('procrustesResidual', 'a', a);
  checkFiniteRows('procrustesResidual', 'b', b);
  const shared = (await singularValues(a, b)).reduce((sum, value) => sum + value, 0);
  const [ofA, ofB] = [squareOf(a), squareOf(b)];
  return Math.sqrt(Math.max(0, ofA + ofB - 2 * shared) / ofB);
}

function squareOf({ data }: Matrix): number {
  return data.reduce((sum, value) => sum + value * value, 0);
}
