import type { ClassLogits } from '../../core/batches.ts';
import { checkEqual, checkLabels, checkOneOf } from '../../core/check.ts';
import { matrix, row } from '../../core/matrix.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';

/** The term of a row of scores and the label that is right. Writes `upstream` times its slopes into `slopes`, which may be the scores. */
type TermOf = (scores: Float32Array, label: number, upstream: number, slopes: Float32Array) => number;

/** Checks and reduction of a loss of scores of classes that has one term a row. */
export function classRows(
  where: string,
  termOf: TermOf,
  reduction: Reduction,
): Loss<ClassLogits, { readonly logits: ClassLogits['logits'] }> {
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  return ({ logits, labels }, into = {}) => {
    checkEqual(where, 'labels.length', labels.length, logits.rows);
    checkLabels(where, 'labels', labels, logits.cols);
    checkFiniteRows(where, 'logits', logits);
    const gradient = into.logits ?? matrix(logits.rows, logits.cols);
    const upstream = shareOf(reduction, logits.rows);
    const terms = new Float32Array(logits.rows);
    let [sum, active] = [0, 0];
    for (let i = 0; i < logits.rows; i++) {
      const term = termOf(row(logits, i), labels[i], upstream, row(gradient, i));
      terms[i] = term;
      sum += term;
      if (term > 0) active++;
    }
    return { value: upstream * sum, terms, active, gradients: { logits: gradient } };
  };
}
