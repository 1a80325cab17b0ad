import { checkOneOf } from '../core/check.ts';
import { reliabilityIn, type ReliabilityOptions } from './reliability.ts';

export interface CalibrationErrorOptions extends ReliabilityOptions {
  /** @default 15 */
  readonly bins?: number;
  /** What the bins' gaps come to: their mean by rows (ECE), the root of their mean square, or the largest (MCE). @default 'mean' */
  readonly norm?: 'mean' | 'rootMeanSquare' | 'max';
}

/**
 * ECE = Σ_b (rows of bin b / rows) |observed_b - predicted_b|: how far probabilities are from what came, over the bins of `reliability`.
 *
 * In [0, 1]; NaN without rows. Of several classes, of the confidence in the likeliest and whether it was right (`topLabel`). It
 * falls and rises with the number of bins: say it beside it. torchmetrics has `edge: 'upper'`.
 *
 * @throws RangeError as `reliability`
 * @see Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015; Guo et al., "On calibration of modern neural networks", 2017
 */
export function calibrationError(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  { bins = 15, norm = 'mean', ...options }: CalibrationErrorOptions = {},
): number {
  checkOneOf('calibrationError', 'norm', norm, ['mean', 'rootMeanSquare', 'max']);
  const { predicted, observed, counts } = reliabilityIn('calibrationError', probabilities, outcomes, {
    bins,
    ...options,
  });
  if (counts.length === 0) return NaN;
  const gaps = predicted.map((each, b) => Math.abs(observed[b] - each));
  if (norm === 'max') return gaps.reduce((most, gap) => Math.max(most, gap));
  const rows = probabilities.length;
  if (norm === 'mean') return gaps.reduce((sum, gap, b) => sum + (gap * counts[b]) / rows, 0);
  return Math.sqrt(gaps.reduce((sum, gap, b) => sum + (gap * gap * counts[b]) / rows, 0));
}
