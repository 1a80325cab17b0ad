import { checkWhole } from '../core/check.ts';
import { row, type Matrix } from '../core/matrix.ts';
import { checkClasses } from './class-probabilities.ts';

/**
 * 1 where a row's label is among the k classes with the largest logits, 0 elsewhere; the mean is the top-k accuracy.
 *
 * Of equal logits the later class comes first, as in scikit-learn's top_k_accuracy_score. 1 everywhere for k >= classes.
 *
 * @throws RangeError if the shapes do not fit, a logit is not finite, a label is no class or k is not a whole number >= 1
 */
export function topKAccuracy(logits: Matrix, labels: ArrayLike<number>, k: number): Float64Array {
  checkWhole('topKAccuracy', 'k', k, 1);
  checkClasses('topKAccuracy', logits, labels);
  return Float64Array.from({ length: logits.rows }, (_, i) => {
    const x = row(logits, i);
    const label = labels[i];
    const before = x.reduce(
      (count, logit, c) => count + Number(logit > x[label] || (logit === x[label] && c > label)),
      0,
    );
    return Number(before < k);
  });
}
