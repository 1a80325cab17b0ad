import { checkFinite, checkOneOf } from '../core/check.ts';
import { checkBinary } from './check-scores.ts';
import { cutsOf, type Cuts } from './cuts.ts';

export interface PairThresholdOptions {
  /** Whether pairs of label 1 have the higher scores (similarities) or the lower ones (distances). @default 'higher' */
  readonly positive?: 'higher' | 'lower';
}

export interface BestAccuracy {
  readonly accuracy: number;
  readonly threshold: number;
}

export interface BestF1 {
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
  readonly threshold: number;
}

export interface PairScores {
  readonly accuracy: number;
  /** NaN where no pair is taken for a 1 */
  readonly precision: number;
  /** NaN where no pair is a 1 */
  readonly recall: number;
  /** 2 TP / (2 TP + FP + FN); NaN where no pair is a 1 nor taken for one */
  readonly f1: number;
}

/**
 * Pair classification: the threshold on the scores of pairs that tells most of them right, and the share it does; pairs on its
 * side of it are taken for label 1.
 *
 * In [0, 1]. A threshold lies halfway between two neighboring scores that differ, and among equally good ones it is that with the fewest
 * pairs taken for a 1. To take all pairs for a 1, or none, is not tried: both are NaN where all scores are the same. Chosen on
 * the pairs it is measured on it flatters: choose it on others and ask `pairScores`.
 *
 * @throws RangeError if the lengths differ, a score is not finite, or a label is not 0 or 1
 * @see sentence-transformers' BinaryClassificationEvaluator (which also cuts between equal scores, where no threshold does)
 */
export function bestAccuracy(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options?: PairThresholdOptions,
): BestAccuracy {
  const { cuts, threshold } = between('bestAccuracy', scores, labels, options);
  const { truePositives, falsePositives, positives, negatives } = cuts;
  const right = (c: number) => (truePositives[c] + negatives - falsePositives[c]) / (positives + negatives);
  const best = bestCut(cuts, right);
  return { accuracy: best < 0 ? NaN : right(best), threshold: threshold(best) };
}

/**
 * The threshold on the scores of pairs with the highest F1 = 2 P R / (P + R), and precision and recall there.
 *
 * As `bestAccuracy`; NaN without a pair of label 1, too.
 *
 * @throws RangeError as `bestAccuracy`
 * @see sentence-transformers' BinaryClassificationEvaluator
 */
export function bestF1(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options?: PairThresholdOptions,
): BestF1 {
  const { cuts, threshold } = between('bestF1', scores, labels, options);
  const { truePositives, falsePositives, positives } = cuts;
  const f1 = (c: number) => (2 * truePositives[c]) / (truePositives[c] + falsePositives[c] + positives);
  const best = positives === 0 ? -1 : bestCut(cuts, f1);
  if (best < 0) return { f1: NaN, precision: NaN, recall: NaN, threshold: NaN };
  return {
    f1: f1(best),
    precision: truePositives[best] / (truePositives[best] + falsePositives[best]),
    recall: truePositives[best] / positives,
    threshold: threshold(best),
  };
}

/**
 * How well a threshold that was chosen elsewhere tells pairs of label 1: those that score at least as high, or as low.
 *
 * @throws RangeError as `bestAccuracy`, or if the threshold is not finite
 */
export function pairScores(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  { threshold, positive = 'higher' }: PairThresholdOptions & { readonly threshold: number },
): PairScores {
  checkFinite('pairScores', 'threshold', threshold);
  checkOneOf('pairScores', 'positive', positive, ['higher', 'lower']);
  checkBinary('pairScores', scores, labels);
  let [truePositives, falsePositives, falseNegatives] = [0, 0, 0];
  for (let i = 0; i < scores.length; i++) {
    const taken = positive === 'higher' ? scores[i] >= threshold : scores[i] <= threshold;
    if (taken && labels[i] === 1) truePositives++;
    else if (taken) falsePositives++;
    else if (labels[i] === 1) falseNegatives++;
  }
  return {
    accuracy: (scores.length - falsePositives - falseNegatives) / scores.length,
    precision: truePositives / (truePositives + falsePositives),
    recall: truePositives / (truePositives + falseNegatives),
    f1: (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
  };
}

function between(
  where: string,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  { positive = 'higher' }: PairThresholdOptions = {},
) {
  checkOneOf(where, 'positive', positive, ['higher', 'lower']);
  const sign = positive === 'higher' ? 1 : -1;
  const cuts = cutsOf(
    where,
    Float64Array.from(scores, (score) => sign * score),
    labels,
  );
  // halves first: the sum of two large scores may be infinite
  const threshold = (c: number) => (c < 0 ? NaN : sign * (cuts.scores[c] / 2 + cuts.scores[c + 1] / 2));
  return { cuts, threshold };
}

/** The first of the best; the cut after the last score is none. */
function bestCut({ scores }: Cuts, worth: (c: number) => number): number {
  let best = scores.length > 1 ? 0 : -1;
  for (let c = 1; c < scores.length - 1; c++) if (worth(c) > worth(best)) best = c;
  return best;
}
