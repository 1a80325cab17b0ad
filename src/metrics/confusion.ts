import { checkEqual, checkLabels, checkWhole } from '../core/check.ts';
import { row, type Matrix } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { likeliest } from './class-probabilities.ts';
import { mean } from './mean.ts';

export interface Confusion {
  readonly classes: number;
  /** classes × classes: the rows of class t that were taken for class p, at t · classes + p */
  readonly counts: Uint32Array;
}

export interface ClassificationScores {
  /** share of rows that were taken for their own class */
  readonly accuracy: number;
  /** the mean recall of the classes that have rows */
  readonly balancedAccuracy: number;
  /** the mean F1 of the classes that have rows or were taken for one */
  readonly macroF1: number;
  /** classes; NaN where nothing was taken for the class */
  readonly precision: Float64Array;
  /** classes; NaN where the class has no rows */
  readonly recall: Float64Array;
  /** classes; 2 TP / (2 TP + FP + FN), NaN where there is neither */
  readonly f1: Float64Array;
}

/** The class with the largest logit in each row; of equal ones the first. */
export function predictedClasses(logits: Matrix): Int32Array {
  checkWhole('predictedClasses', 'logits.cols', logits.cols, 1);
  checkFiniteRows('predictedClasses', 'logits', logits);
  return Int32Array.from({ length: logits.rows }, (_, i) => likeliest(row(logits, i)));
}

/**
 * Counts what each class was taken for.
 *
 * @throws RangeError if the lengths differ, classes is not a whole number >= 1 or a label is no class
 */
export function confusion(
  predicted: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): Confusion {
  checkWhole('confusion', 'classes', classes, 1);
  checkEqual('confusion', 'labels.length', labels.length, predicted.length);
  checkLabels('confusion', 'predicted', predicted, classes);
  checkLabels('confusion', 'labels', labels, classes);
  const counts = new Uint32Array(classes * classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i] * classes + predicted[i]]++;
  return { classes, counts };
}

/**
 * Accuracy and, of each class, precision, recall and F1; their means count every class the same.
 *
 * In [0, 1]; NaN where a share is of nothing (scikit-learn has 0 and a warning), and means are over what is defined.
 */
export function classificationScores({ classes, counts }: Confusion): ClassificationScores {
  const [right, taken, own] = [0, 0, 0].map(() => new Float64Array(classes));
  counts.forEach((count, e) => {
    const [label, predicted] = [Math.floor(e / classes), e % classes];
    own[label] += count;
    taken[predicted] += count;
    if (label === predicted) right[label] = count;
  });
  const recall = right.map((count, c) => count / own[c]);
  const f1 = right.map((count, c) => (2 * count) / (own[c] + taken[c]));
  return {
    accuracy: total(right) / total(own),
    balancedAccuracy: mean(recall),
    macroF1: mean(f1),
    precision: right.map((count, c) => count / taken[c]),
    recall,
    f1,
  };
}

function total(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
