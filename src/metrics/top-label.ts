import { checkPositive } from '../core/check.ts';
import { row, type Matrix } from '../core/matrix.ts';
import { checkClasses, likeliest, logSumExp } from './class-probabilities.ts';

export interface TopLabel {
  /** rows; the probability of the likeliest class, in [1 / classes, 1] */
  readonly confidences: Float64Array;
  /** rows; 1 where that is the label, 0 elsewhere */
  readonly correct: Uint8Array;
}

/**
 * The likeliest class of softmax(logits / temperature): how sure it is, and whether it is right. What `reliability` and
 * `calibrationError` are asked of where there are several classes. Of equal logits the first is taken.
 *
 * @throws RangeError if the shapes do not fit, a logit is not finite, a label is no class or temperature is not a finite number > 0
 * @see Guo et al., "On calibration of modern neural networks", 2017
 */
export function topLabel(
  logits: Matrix,
  labels: ArrayLike<number>,
  { temperature = 1 }: { readonly temperature?: number } = {},
): TopLabel {
  checkPositive('topLabel', 'temperature', temperature);
  checkClasses('topLabel', logits, labels);
  const confidences = new Float64Array(logits.rows);
  const correct = new Uint8Array(logits.rows);
  for (let i = 0; i < logits.rows; i++) {
    const x = row(logits, i);
    const best = likeliest(x);
    confidences[i] = Math.min(1, Math.exp(x[best] / temperature - logSumExp(x, 1 / temperature)));
    correct[i] = Number(best === labels[i]);
  }
  return { confidences, correct };
}
