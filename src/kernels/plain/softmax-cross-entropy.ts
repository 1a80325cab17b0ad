import { row, type Matrix } from '../../core/matrix.ts';
import type { LossTerms, SoftmaxCrossEntropy } from '../kernels.ts';

/** Row by row: -Σ_c target_c log softmax(x)_c, gradient softmax(x) - target, target = (1 - s) onehot + s / classes. */
export function softmaxCrossEntropy(
  { logits, labels, ignored, smoothing, upstream }: SoftmaxCrossEntropy,
  gradient: Matrix,
): LossTerms {
  const terms = new Float32Array(logits.rows);
  const spread = smoothing / logits.cols;
  let sum = 0;
  let active = 0;
  for (let i = 0; i < logits.rows; i++) {
    const out = row(gradient, i);
    if (labels[i] === ignored) {
      out.fill(0);
      continue;
    }
    const x = row(logits, i);
    const label = labels[i];
    // shifted by the largest, no exp overflows and the largest's is 1
    const top = x.reduce((best, value, c) => (value > x[best] ? c : best), 0);
    let others = 0;
    let shifted = 0;
    for (let c = 0; c < x.length; c++) {
      if (c !== top) others += Math.exp(x[c] - x[top]);
      shifted += x[c] - x[top];
    }
    const term = Math.log1p(others) - (1 - smoothing) * (x[label] - x[top]) - spread * shifted;
    let rest = 0;
    for (let c = 0; c < x.length; c++) {
      const slope = Math.exp(x[c] - x[top]) / (1 + others) - spread;
      if (c !== label) rest += slope;
      out[c] = upstream * slope;
    }
    // slopes add up to 0; p - 1 would be all rounding where the fit is good
    out[label] = -upstream * rest;
    terms[i] = term;
    sum += term;
    if (term > 0) active++;
  }
  return { value: upstream * sum, terms, active };
}
