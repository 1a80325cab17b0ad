/**
 * The eigenvalues of a symmetric matrix, the greatest first: Householder's reflections to three diagonals, and of these implicit QL steps. In
 * float64, without vectors; (4/3) dim³ multiplications. Writes over what it is given.
 *
 * @see Golub and Van Loan, "Matrix computations", 2013, sections 8.3.1 and 8.3.3; Martin and Wilkinson, "The implicit QL algorithm", 1968
 */
export function symmetricEigenvalues(a: Float64Array, dim: number): Float64Array {
  const { diagonal, beside } = tridiagonal(a, dim);
  implicitQl(diagonal, beside);
  return diagonal.sort().toReversed();
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** beside[i] stands between i and i + 1; the last is 0 */
  readonly beside: Float64Array;
}

function tridiagonal(a: Float64Array, dim: number): Tridiagonal {
  const beside = new Float64Array(dim);
  const p = new Float64Array(dim);
  for (let k = 0; k + 2 < dim; k++) {
    // v reflects the part of column k below the diagonal to a multiple of its first entry
    const v = Float64Array.from({ length: dim - k - 1 }, (_, i) => a[(k + 1 + i) * dim + k]);
    const length = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
    if (length === 0) continue;
    beside[k] = v[0] > 0 ? -length : length;
    v[0] -= beside[k];
    const square = v.reduce((sum, x) => sum + x * x, 0);
    const first = k + 1;
    let along = 0;
    for (let i = 0; i < v.length; i++) {
      let sum = 0;
      const at = (first + i) * dim + first;
      for (let j = 0; j < v.length; j++) sum += a[at + j] * v[j];
      p[i] = (2 * sum) / square;
      along += p[i] * v[i];
    }
    for (let i = 0; i < v.length; i++) p[i] -= (along / square) * v[i];
    for (let i = 0; i < v.length; i++) {
      const at = (first + i) * dim + first;
      for (let j = 0; j < v.length; j++) a[at + j] -= v[i] * p[j] + p[i] * v[j];
    }
  }
  if (dim > 1) beside[dim - 2] = a[(dim - 1) * dim + dim - 2];
  return { diagonal: Float64Array.from({ length: dim }, (_, i) => a[i * dim + i]), beside };
}

/** Rotates what stands beside the diagonal away. */
function implicitQl(d: Float64Array, e: Float64Array): void {
  for (let l = 0; l < d.length; l++) {
    for (;;) {
      let m = l;
      // past here two parts have nothing to do with one another
      while (m + 1 < d.length && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
      if (m === l) break;
      const half = (d[l + 1] - d[l]) / (2 * e[l]);
      let g = d[m] - d[l] + e[l] / (half + Math.sign(half || 1) * Math.hypot(half, 1));
      let [sine, cosine, shift] = [1, 1, 0];
      let i = m - 1;
      for (; i >= l; i--) {
        const f = sine * e[i];
        const b = cosine * e[i];
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= shift;
          e[m] = 0;
          break;
        }
        [sine, cosine] = [f / r, g / r];
        g = d[i + 1] - shift;
        const turned = (d[i] - g) * sine + 2 * cosine * b;
        shift = sine * turned;
        d[i + 1] = g + shift;
        g = cosine * turned - b;
      }
      if (i >= l) continue;
      d[l] -= shift;
      e[l] = g;
      e[m] = 0;
    }
  }
}
