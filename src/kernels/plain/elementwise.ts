import { logistic, softplus } from '../../core/softplus.ts';
import type { Matrix } from '../../core/matrix.ts';
import type { Elementwise, ElementwiseKind, ElementwiseResult, FocalShape } from '../kernels.ts';

export function elementwise(
  input: Elementwise,
  gradient: Matrix,
  targetGradient?: Matrix,
): ElementwiseResult {
  const { kind, predictions, targets, weights, columnWeights, parameter, focal, upstream, listed } = input;
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
    const column = columnWeights?.[e % cols] ?? 1;
    const [term, slope, back = 0] = loss(data[e], targets.data[e], parameter, column, focal);
    gradient.data[e] = upstream * weight * slope;
    if (targetGradient !== undefined) targetGradient.data[e] = upstream * weight * back;
    if (terms !== undefined) terms[e] = weight * term;
    sum += weight * term;
    if (weight * term > 0) active++;
  }
  return { value: upstream * sum, terms, active };
}

/** The term of prediction p and target y, its slope along p and, of a loss that has one, its slope along y. */
type TermOf = (
  p: number,
  y: number,
  parameter: number,
  column: number,
  focal?: FocalShape,
) => readonly [term: number, slope: number, back?: number];

const LOSSES: Readonly<Record<ElementwiseKind, TermOf>> = {
  squared: (p, y) => [(p - y) ** 2, 2 * (p - y), 2 * (y - p)],

  absolute: (p, y) => [Math.abs(p - y), Math.sign(p - y), Math.sign(y - p)],

  huber(p, y, delta) {
    const e = p - y;
    const near = Math.min(Math.abs(e), delta);
    return [near * (Math.abs(e) - near / 2), near * Math.sign(e), near * Math.sign(-e)];
  },

  smoothL1(p, y, beta) {
    const e = p - y;
    const near = Math.min(Math.abs(e), beta);
    const share = near / beta;
    return [share * (Math.abs(e) - near / 2), share * Math.sign(e), share * Math.sign(-e)];
  },

  logCosh(p, y) {
    const size = Math.abs(p - y);
    return [size + Math.log1p(Math.exp(-2 * size)) - Math.LN2, Math.tanh(p - y), Math.tanh(y - p)];
  },

  quantile(p, y, q) {
    const slope = p > y ? 1 - q : -q;
    return [slope * (p - y), slope, -slope];
  },

  binaryCrossEntropy: binary,

  multiLabelSoftMargin(p, y, _, column) {
    const [term, slope, back] = binary(p, y, 0, 1);
    return [column * term, column * slope, column * back];
  },

  binaryCrossEntropyOfProbabilities(p, y, _, positive) {
    const [yes, no] = [Math.max(Math.log(p), -100), Math.max(Math.log1p(-p), -100)];
    const slope = ((1 - y) * p - positive * y * (1 - p)) / Math.max(p * (1 - p), 1e-12);
    return [-positive * y * yes - (1 - y) * no, slope, no - positive * yes];
  },

  klDivergence(p, y) {
    if (y <= 0) return [0, -y, 0];
    const farther = Math.log(y) - p;
    return [y * farther, -y, farther + 1];
  },

  klDivergenceOfLogs(p, y) {
    const share = Math.exp(y);
    return [share * (y - p), -share, share * (y - p + 1)];
  },

  sigmoidFocal(p, y, gamma, _, { positive, negative, epsilon } = UNSHAPED) {
    const [claim, rest, share] = [logistic(p), logistic(-p), positive * y + negative * (1 - y)];
    const [entropy, towards, back] = binary(p, y, 0, 1);
    // what the sigmoid misses the target by, and its slopes along p and along y
    const miss = y * rest + (1 - y) * claim;
    const [steep, apart] = [(1 - 2 * y) * claim * rest, rest - claim];
    const over = miss > 0 ? 1 / miss : 0;
    const power = miss ** gamma;
    const added = epsilon * (gamma + 1);
    return [
      power * (share * entropy + epsilon * miss),
      power * (share * (towards + gamma * entropy * over * steep) + added * steep),
      power *
        ((positive - negative) * entropy + share * (back + gamma * entropy * over * apart) + added * apart),
    ];
  },

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

const UNSHAPED: FocalShape = { positive: 1, negative: 1, epsilon: 0 };

/** Cross-entropy of logit p, its positive part times `positive`. */
function binary(
  p: number,
  y: number,
  _: number,
  positive: number,
): readonly [term: number, slope: number, back: number] {
  return [
    positive * y * softplus(-p) + (1 - y) * softplus(p),
    (1 - y) * logistic(p) - positive * y * logistic(-p),
    (positive - 1) * softplus(-p) - p,
  ];
}
