import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkEqual, checkFinite, checkOneOf } from '../../core/check.ts';
import { matrix, row } from '../../core/matrix.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';
import { checkEither } from './check-either.ts';

export interface MultiLabelMarginOptions {
  /** How much higher than every wrong label each right one must score. @default 1 */
  readonly margin?: number;
  /** @default 'mean' over the rows */
  readonly reduction?: Reduction;
}

/**
 * Σ_{r right} Σ_{w wrong} max(0, margin - s_r + s_w) / labels for scores s; one term a row. One column a label: the target is 1
 * where it is right and 0 where it is wrong.
 *
 * At least 0; 0 where all labels are right or all are wrong. A pair exactly at the margin has no slope. No rows: value 0.
 * The gradient may be written over the predictions. (torch has the right labels as a list that ends at -1.)
 *
 * @throws RangeError if margin is not finite, a target is neither 1 nor 0, the shapes differ or a score is not
 * finite
 * @see torch's multilabel_margin_loss
 */
export function multiLabelMargin({ margin = 1, reduction = 'mean' }: MultiLabelMarginOptions = {}): Loss<
  Targets & { readonly weights?: undefined },
  TargetGradients
> {
  const where = 'multiLabelMargin';
  checkFinite(where, 'margin', margin);
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  return ({ predictions, targets }, into = {}) => {
    const { rows, cols } = predictions;
    checkEqual(where, 'targets.rows', targets.rows, rows);
    checkEqual(where, 'targets.cols', targets.cols, cols);
    checkFiniteRows(where, 'predictions', predictions);
    checkEither(where, targets, [1, 0]);
    const gradient = into.predictions ?? matrix(rows, cols);
    const upstream = shareOf(reduction, rows);
    const terms = new Float32Array(rows);
    let [sum, active] = [0, 0];
    for (let i = 0; i < rows; i++) {
      const term = rowTerm(row(predictions, i), row(targets, i), margin, upstream, row(gradient, i));
      terms[i] = term;
      sum += term;
      if (term > 0) active++;
    }
    return { value: upstream * sum, terms, active, gradients: { predictions: gradient } };
  };
}

/** The term of a row. Writes `upstream` times its slopes into `slopes`, which may be the scores. */
function rowTerm(
  scores: Float32Array,
  targets: Float32Array,
  margin: number,
  upstream: number,
  slopes: Float32Array,
): number {
  const share = 1 / scores.length;
  const right = Array.from(targets.keys()).filter((c) => targets[c] === 1);
  const raised = new Float64Array(scores.length);
  let term = 0;
  for (let c = 0; c < scores.length; c++) {
    if (targets[c] === 1) continue;
    for (const r of right) {
      const violation = margin - scores[r] + scores[c];
      if (violation <= 0) continue;
      term += share * violation;
      raised[c] += share;
      raised[r] -= share;
    }
  }
  for (let c = 0; c < scores.length; c++) slopes[c] = upstream * raised[c];
  return term;
}
