import { matrix, type Matrix } from '../../core/matrix.ts';
import type { ActivationKind } from '../kernels.ts';

export function activation(kind: ActivationKind, x: Matrix, out = matrix(x.rows, x.cols)): Matrix {
  const { value } = FUNCTIONS[kind];
  for (let e = 0; e < x.data.length; e++) out.data[e] = value(x.data[e]);
  return out;
}

export function activationBackward(
  kind: ActivationKind,
  x: Matrix,
  upstream: Matrix,
  out = matrix(x.rows, x.cols),
): Matrix {
  const { slope } = FUNCTIONS[kind];
  for (let e = 0; e < x.data.length; e++) out.data[e] = slope(x.data[e]) * upstream.data[e];
  return out;
}

interface Curve {
  value(x: number): number;
  slope(x: number): number;
}

const FUNCTIONS: Readonly<Record<ActivationKind, Curve>> = {
  gelu: { value: (x) => x * normalBelow(x), slope: (x) => normalBelow(x) + x * density(x) },
  relu: { value: (x) => Math.max(x, 0), slope: (x) => Number(x > 0) },
};

function density(x: number): number {
  return Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The normal distribution, Φ(x) = 1/2 + φ(x) (x + x³ / 3 + x⁵ / (3 · 5) + …).
 *
 * @see Marsaglia, "Evaluating the normal distribution", 2004
 */
function normalBelow(x: number): number {
  // past here it is 0 or 1 to float64
  if (Math.abs(x) > 9) return Number(x > 0);
  let [sum, term] = [x, x];
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= x ** 2 / odd;
    sum += term;
  }
  return 0.5 + density(x) * sum;
}
