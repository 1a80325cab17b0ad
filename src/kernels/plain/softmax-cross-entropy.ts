import { row, type Matrix } from '../../core/matrix.ts';
import type { LossTerms, SoftmaxCrossEntropy } from '../kernels.ts';

/**
 * Row by row: -Σ_c t_c log softmax(x)_c, gradient (Σ t) softmax(x) - t, with t_c = w_c ((1 - s) q_c + s / classes), where q is
 * the row's shares, or 1 for the label's class and 0 for the others; the gradient of q is -(1 - s) w_c log softmax(x)_c.
 */
export function softmaxCrossEntropy(
  input: SoftmaxCrossEntropy,
  gradient: Matrix,
  targetGradient?: Matrix,
): LossTerms {
  const { logits, labels, ignored, upstream } = input;
  const terms = new Float32Array(logits.rows);
  const target = new Float64Array(logits.cols);
  let sum = 0;
  let active = 0;
  for (let i = 0; i < logits.rows; i++) {
    const [x, out] = [row(logits, i), row(gradient, i)];
    writeTarget(input, i, target);
    if (!x.every((value) => Number.isFinite(value))) {
      sum = NaN;
      terms[i] = NaN;
      continue;
    }
    if (x.length === 0 || (labels !== undefined && labels[i] === ignored)) {
      out.fill(0);
      continue;
    }
    // shifted by the largest, no exp overflows and the largest's is 1
    const top = x.reduce((best, value, c) => (value > x[best] ? c : best), 0);
    const largest = x[top];
    let [others, pull, mass] = [0, 0, 0];
    for (let c = 0; c < x.length; c++) {
      if (c !== top) others += Math.exp(x[c] - largest);
      pull += target[c] * (x[c] - largest);
      mass += target[c];
    }
    const log = Math.log1p(others);
    const term = mass * log - pull;
    if (targetGradient !== undefined) {
      const kept = upstream * (1 - input.smoothing);
      row(targetGradient, i).set(
        x.map((value, c) => -kept * (input.weights?.[c] ?? 1) * (value - largest - log)),
      );
    }
    // slopes add up to 0; p - 1 would be all rounding where the fit is good
    const last = labels === undefined ? top : labels[i];
    let rest = 0;
    for (let c = 0; c < x.length; c++) {
      const slope = (mass * Math.exp(x[c] - largest)) / (1 + others) - target[c];
      if (c !== last) rest += slope;
      out[c] = upstream * slope;
    }
    out[last] = -upstream * rest;
    terms[i] = term;
    sum += term;
    if (term > 0) active++;
  }
  return { value: upstream * sum, terms, active };
}

function writeTarget(
  { labels, ignored, targets, weights, smoothing }: SoftmaxCrossEntropy,
  i: number,
  target: Float64Array,
): void {
  const shares = targets && row(targets, i);
  for (let c = 0; c < target.length; c++) {
    const share = shares === undefined ? Number(labels?.[i] === c) : shares[c];
    target[c] = (weights?.[c] ?? 1) * ((1 - smoothing) * share + smoothing / target.length);
  }
  if (labels?.[i] === ignored && shares === undefined) target.fill(0);
}
