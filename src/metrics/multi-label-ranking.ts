import { checkEqual } from '../core/check.ts';
import { row, type Matrix } from '../core/matrix.ts';
import { checkBinary } from './check-scores.ts';
import { countBelow } from './count-below.ts';

/**
 * Of each row, the mean over its labels of the share of labels among the classes that score at least as high: its mean is the LRAP.
 *
 * In (0, 1], one value a row; 1 for a row with no label or with all. `scores` and `labels` (0 or 1) are rows × classes.
 *
 * @throws RangeError if the shapes differ, a score is not finite, or a label is not 0 or 1
 * @see Tsoumakas, Katakis and Vlahavas, "Mining multi-label data", 2010; scikit-learn's label_ranking_average_precision_score
 */
export function labelRankingAveragePrecision(scores: Matrix, labels: Matrix): Float64Array {
  return byRow('labelRankingAveragePrecision', scores, labels, (chosen, others) => {
    if (chosen.length === 0 || others.length === 0) return 1;
    const sum = chosen.reduce((shares, score) => {
      const right = atLeast(chosen, score);
      return shares + right / (right + atLeast(others, score));
    }, 0);
    return sum / chosen.length;
  });
}

/**
 * How far down the classes of each row one has to go to have met all of its labels: how many score at least as high as the lowest of them.
 *
 * In [labels, classes], one value a row; 0 for a row with no label.
 *
 * @throws RangeError as `labelRankingAveragePrecision`
 * @see Tsoumakas, Katakis and Vlahavas, 2010, who subtract 1; scikit-learn's coverage_error
 */
export function coverageError(scores: Matrix, labels: Matrix): Float64Array {
  return byRow('coverageError', scores, labels, (chosen, others) => {
    if (chosen.length === 0) return 0;
    return chosen.length + atLeast(others, chosen[0]);
  });
}

/**
 * Of each row, the share of pairs of a label and another class in which the other scores at least as high.
 *
 * In [0, 1], one value a row; 0 for a row with no label or with all.
 *
 * @throws RangeError as `labelRankingAveragePrecision`
 * @see Tsoumakas, Katakis and Vlahavas, 2010; scikit-learn's label_ranking_loss
 */
export function labelRankingLoss(scores: Matrix, labels: Matrix): Float64Array {
  return byRow('labelRankingLoss', scores, labels, (chosen, others) => {
    if (chosen.length === 0 || others.length === 0) return 0;
    const wrong = chosen.reduce((sum, score) => sum + atLeast(others, score), 0);
    return wrong / (chosen.length * others.length);
  });
}

/** A value of each row, from the scores of its labels and those of the other classes, both the lowest first. */
function byRow(
  where: string,
  scores: Matrix,
  labels: Matrix,
  value: (chosen: Float32Array, others: Float32Array) => number,
): Float64Array {
  checkEqual(where, 'labels.rows', labels.rows, scores.rows);
  checkEqual(where, 'labels.cols', labels.cols, scores.cols);
  checkBinary(where, scores.data, labels.data);
  return Float64Array.from({ length: scores.rows }, (_, i) => {
    const [all, own] = [row(scores, i), row(labels, i)];
    return value(all.filter((_, c) => own[c] === 1).sort(), all.filter((_, c) => own[c] === 0).sort());
  });
}

/** How many of some sorted scores are at least as high as one. */
function atLeast(sorted: Float32Array, score: number): number {
  return sorted.length - countBelow(sorted, score);
}
