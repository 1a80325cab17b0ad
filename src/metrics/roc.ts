import { refuse } from '../core/check.ts';
import { cutsOf } from './cuts.ts';

export interface RocCurve {
  /** share of label 0 at or above each threshold, from 0 to 1 */
  readonly falsePositiveRate: Float64Array;
  /** share of label 1 at or above each threshold, from 0 to 1 */
  readonly truePositiveRate: Float64Array;
  /** the distinct scores from the highest on, after one more than the highest, which no row reaches */
  readonly thresholds: Float64Array;
}

export interface RocAucOptions {
  /** The largest false positive rate that counts, in (0, 1]. @default 1 */
  readonly maxFpr?: number;
}

/**
 * The receiver operating characteristic: how many of label 1 (their share) are found at each threshold, against how many of label 0 are.
 *
 * A rate is NaN where no row has its label. Rows of equal score are one point.
 *
 * @throws RangeError if the lengths differ, a score is not finite, or a label is not 0 or 1
 * @see Fawcett, "An introduction to ROC analysis", 2006; scikit-learn's roc_curve with every point kept (from 1.3 on its first threshold is infinite)
 */
export function rocCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): RocCurve {
  const cuts = cutsOf('rocCurve', scores, labels);
  const share = (counts: Float64Array, all: number) =>
    after(
      all === 0 ? NaN : 0,
      counts.map((count) => count / all),
    );
  return {
    falsePositiveRate: share(cuts.falsePositives, cuts.negatives),
    truePositiveRate: share(cuts.truePositives, cuts.positives),
    thresholds: after(scores.length === 0 ? 1 : cuts.scores[0] + 1, cuts.scores),
  };
}

function after(first: number, values: Float64Array): Float64Array {
  const points = new Float64Array(values.length + 1);
  points[0] = first;
  points.set(values, 1);
  return points;
}

/**
 * The area under the ROC curve: the probability that a row of label 1 scores higher than one of label 0, ties counting half.
 *
 * In [0, 1], chance is 0.5; NaN without a row of each label. With maxFpr f, the area A up to there as
 * ½ (1 + (A - f² / 2) / (f - f² / 2)): 0.5 is chance and 1 perfect still.
 *
 * @throws RangeError if the lengths differ, a score is not finite, a label is not 0 or 1, or maxFpr is not in (0, 1]
 * @see Hanley and McNeil, 1982; McClish, "Analyzing a portion of the ROC curve", 1989; scikit-learn's roc_auc_score
 */
export function rocAuc(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  { maxFpr = 1 }: RocAucOptions = {},
): number {
  if (!(maxFpr > 0 && maxFpr <= 1)) refuse('rocAuc', 'maxFpr must be a number in (0, 1]', maxFpr);
  const { truePositives, falsePositives, positives, negatives } = cutsOf('rocAuc', scores, labels);
  if (positives === 0 || negatives === 0) return NaN;
  const most = maxFpr * negatives;
  let [area, lastTrue, lastFalse] = [0, 0, 0];
  for (let c = 0; c < truePositives.length && lastFalse < most; c++) {
    const to = Math.min(falsePositives[c], most);
    // where the curve goes straight up nothing is added
    const share = to === lastFalse ? 1 : (to - lastFalse) / (falsePositives[c] - lastFalse);
    const reached = lastTrue + share * (truePositives[c] - lastTrue);
    area += ((to - lastFalse) * (lastTrue + reached)) / 2;
    [lastTrue, lastFalse] = [reached, to];
  }
  area /= positives * negatives;
  if (maxFpr === 1) return area;
  const chance = (maxFpr * maxFpr) / 2;
  return (1 + (area - chance) / (maxFpr - chance)) / 2;
}
