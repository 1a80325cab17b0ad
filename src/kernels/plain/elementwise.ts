import type { Matrix } from '../../core/matrix.ts';
import type { Elementwise, ElementwiseKind, ElementwiseResult } from '../kernels.ts';

export function elementwise(
  { kind, predictions, targets, weights, positiveWeights, parameter, upstream, listed }: Elementwise,
  gradient: Matrix,
): ElementwiseResult {
  const { cols, data } = predictions;
  const terms = listed ? new Float32Array(data.length) : undefined;
  const loss = LOSSES[kind];
  let [sum, active] = [0, 0];
  for (let e = 0; e < data.length; e++) {
    const weight = weights?.data[e] ?? 1;
    if (!Number.isFinite(data[e] + targets.data[e] + weight)) {
      sum = NaN;
      continue;
    }
    const positive = positiveWeights?.[e % cols] ?? 1;
    const [term, slope] = loss(data[e], targets.data[e], parameter, positive);
    gradient.data[e] = upstream * weight * slope;
    if (terms !== undefined) terms[e] = weight * term;
    sum += weight * term;
    if (weight * term > 0) active++;
  }
  return { value: upstream * sum, terms, active };
}

/** The term of prediction p and target y, and its slope along p. */
type TermOf = (
  p: number,
  y: number,
  parameter: number,
  positive: number,
) => readonly [term: number, slope: number];

const LOSSES: Readonly<Record<ElementwiseKind, TermOf>> = {
  squared: (p, y) => [(p - y) ** 2, 2 * (p - y)],

  absolute: (p, y) => [Math.abs(p - y), Math.sign(p - y)],

  huber(p, y, delta) {
    const e = p - y;
    const near = Math.min(Math.abs(e), delta);
    return [near * (Math.abs(e) - near / 2), near * Math.sign(e)];
  },

  smoothL1(p, y, beta) {
    const e = p - y;
    const near = Math.min(Math.abs(e), beta);
    return [(near / beta) * (Math.abs(e) - near / 2), (near / beta) * Math.sign(e)];
  },

  logCosh(p, y) {
    const size = Math.abs(p - y);
    return [size + Math.log1p(Math.exp(-2 * size)) - Math.LN2, Math.tanh(p - y)];
  },

  quantile(p, y, q) {
    const slope = p > y ? 1 - q : -q;
    return [slope * (p - y), slope];
  },

  binaryCrossEntropy: (p, y, _, positive) => [
    positive * y * softplus(-p) + (1 - y) * softplus(p),
    (1 - y) * logistic(p) - positive * y * logistic(-p),
  ],

  hinge(p, y, margin) {
    const short = margin - y * p;
    return [Math.max(short, 0), short >= 0 ? -y : 0];
  },

  halfHinge(p, y, margin) {
    const short = margin - y * p;
    return [Math.max(short, 0), -y * (short > 0 ? 1 : short === 0 ? 0.5 : 0)];
  },

  squaredHinge(p, y, margin) {
    const short = Math.max(margin - y * p, 0);
    return [short ** 2, -2 * y * short];
  },

  modifiedHuber(p, y) {
    const short = Math.max(1 - y * p, 0);
    return short > 2 ? [4 * (short - 1), -4 * y] : [short ** 2, -2 * y * short];
  },

  softMargin: (p, y) => [softplus(-y * p), -y * logistic(-y * p)],

  hingeEmbedding(p, y, margin) {
    if (y > 0) return [p, 1];
    return [Math.max(margin - p, 0), margin >= p ? -1 : 0];
  },
};

/** log(1 + exp x) */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** 1 / (1 + exp -x) */
function logistic(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x > 0 ? 1 : e) / (1 + e);
}
