import { cutsOf } from './cuts.ts';

export interface PrecisionRecallCurve {
  /** share of label 1 among the rows at or above each threshold, and a last 1 */
  readonly precision: Float64Array;
  /** share of label 1 that is at or above each threshold, and a last 0 */
  readonly recall: Float64Array;
  /** the distinct scores, the lowest first: one fewer than there are points */
  readonly thresholds: Float64Array;
}

/**
 * Precision against recall at each threshold, the lowest first. The last point (recall 0, precision 1) has no threshold.
 *
 * In [0, 1]. Recall is NaN without a row of label 1. Rows of equal score are one point.
 *
 * @throws RangeError if the lengths differ, a score is not finite, or a label is not 0 or 1
 * @see Davis and Goadrich, "The relationship between precision-recall and ROC curves", 2006; scikit-learn's precision_recall_curve
 */
export function precisionRecallCurve(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): PrecisionRecallCurve {
  const cuts = cutsOf('precisionRecallCurve', scores, labels);
  const precision = cuts.truePositives.map((found, c) => found / (found + cuts.falsePositives[c]));
  const recall = cuts.truePositives.map((found) => found / cuts.positives);
  return {
    precision: backwards(precision, 1),
    recall: backwards(recall, 0),
    thresholds: cuts.scores.toReversed(),
  };
}

function backwards(values: Float64Array, last: number): Float64Array {
  const points = new Float64Array(values.length + 1);
  points.set(values.toReversed());
  points[values.length] = last;
  return points;
}

/**
 * Σ (R_n - R_n-1) P_n over the distinct scores from the highest on: the precision at each threshold, weighted by the recall it adds. No
 * straight lines are drawn between points, which would be too high.
 *
 * In [0, 1]; a random order has about the share of label 1. NaN without a row of label 1 (scikit-learn has 0). Rows of
 * equal score count as one step, so that the order in which they come does not matter.
 *
 * @throws RangeError if the lengths differ, a score is not finite, or a label is not 0 or 1
 * @see scikit-learn's average_precision_score
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const { truePositives, falsePositives, positives } = cutsOf('averagePrecision', scores, labels);
  if (positives === 0) return NaN;
  let [sum, last] = [0, 0];
  truePositives.forEach((found, c) => {
    sum += ((found - last) * found) / (found + falsePositives[c]);
    last = found;
  });
  return sum / positives;
}
