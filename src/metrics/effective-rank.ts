import { row, type Matrix } from '../core/matrix.ts';
import { innerProduct } from '../core/products.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';

/**
 * exp of the entropy of the rows' singular values, taken as shares of their sum: how many directions the rows make use of.
 *
 * In [1, min(rows, cols)]; 1 where all rows are multiples of one, 0 where there are none but zero rows. Rows are not centered. The time
 * is rows² · cols and rows³: of some hundred rows at most.
 *
 * @throws RangeError if an entry is not finite
 * @see Roy and Vetterli, "The effective rank: a measure of effective dimensionality", 2007, definition 1; as RankMe it tells collapse in
 *   training (Garrido et al., 2023)
 */
export function effectiveRank(rows: Matrix): number {
  checkFiniteRows('effectiveRank', 'rows', rows);
  const largest = rows.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return 0;
  // over the largest entry, so that no square overflows: shares stay the same
  const gram = Array.from({ length: rows.rows }, (_, i) =>
    Float64Array.from(
      { length: rows.rows },
      (_, j) => innerProduct(row(rows, i), row(rows, j)) / largest / largest,
    ),
  );
  // float32 rows leave eigenvalues below this to rounding
  const values = eigenvalues(gram);
  const least = 1e-12 * Math.max(...values);
  const singular = values.map((value) => (value > least ? Math.sqrt(value) : 0));
  const sum = singular.reduce((total, value) => total + value, 0);
  const entropy = singular.reduce(
    (total, value) => (value === 0 ? total : total - (value / sum) * Math.log(value / sum)),
    0,
  );
  return Math.exp(entropy);
}

/** Of a symmetric matrix, which is written over: Jacobi's rotations, each of which makes one entry beside the diagonal zero. */
function eigenvalues(a: readonly Float64Array[]): number[] {
  const size = a.length;
  const trace = a.reduce((sum, line, i) => sum + Math.abs(line[i]), 0);
  // each sweep squares what is left, once it is small
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) off += Math.abs(a[p][q]);
    if (off <= 1e-14 * trace) break;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) if (Math.abs(a[p][q]) > 1e-18 * trace) rotate(a, p, q);
    }
  }
  return a.map((line, i) => line[i]);
}

/** @see Golub and Van Loan, "Matrix computations", section 8.5.2 */
function rotate(a: readonly Float64Array[], p: number, q: number): void {
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) {
    const [kp, kq] = [a[k][p], a[k][q]];
    a[k][p] = c * kp - s * kq;
    a[k][q] = s * kp + c * kq;
  }
  for (let k = 0; k < a.length; k++) {
    const [pk, qk] = [a[p][k], a[q][k]];
    a[p][k] = c * pk - s * qk;
    a[q][k] = s * pk + c * qk;
  }
}
