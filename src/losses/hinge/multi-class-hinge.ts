import type { ClassLogits } from '../../core/batches.ts';
import { checkEqual, checkFinite, refuse } from '../../core/check.ts';
import { checkedWeights } from '../classification/classes.ts';
import type { Loss, Reduction } from '../loss.ts';
import { classRows } from './class-rows.ts';

export interface MultiClassHingeOptions {
  /** How much higher than any other the right class must score. @default 1 */
  readonly margin?: number;
  /** What each shortfall is raised to. @default 1 */
  readonly power?: 1 | 2;
  /** What the terms of each label's rows are multiplied by: one finite number >= 0 a class. @default 1 for all */
  readonly weight?: ArrayLike<number>;
  /** @default 'mean' over the rows, whatever they weigh */
  readonly reduction?: Reduction;
}

/**
 * w_y Σ_{c ≠ y} max(0, margin - s_y + s_c)^power / classes for scores s and label y; one term a row.
 *
 * At least 0. A class exactly at the margin has no slope. One class, or no rows: value 0. The gradient may be written over the
 * logits.
 *
 * @throws RangeError if margin is not finite, power is neither 1 nor 2, weight is not a finite number >= 0 for each class, a label
 * is no class, or a logit is not finite
 * @see Weston and Watkins, "Support vector machines for multi-class pattern recognition", 1999; torch's multi_margin_loss, where
 *   power is p
 */
export function multiClassHinge({
  margin = 1,
  power = 1,
  weight,
  reduction = 'mean',
}: MultiClassHingeOptions = {}): Loss<ClassLogits, { readonly logits: ClassLogits['logits'] }> {
  const where = 'multiClassHinge';
  checkFinite(where, 'margin', margin);
  if (![1, 2].includes(power)) refuse(where, 'power must be 1 or 2', power);
  const weights = weight && checkedWeights(where, 'weight', weight);
  const loss = classRows(
    where,
    (scores, label, upstream, slopes) => {
      const share = (weights?.[label] ?? 1) / scores.length;
      const right = scores[label];
      let [term, raised] = [0, 0];
      for (let c = 0; c < scores.length; c++) {
        const violation = c === label ? 0 : Math.max(0, margin - right + scores[c]);
        const slope = violation === 0 ? 0 : power === 1 ? share : 2 * share * violation;
        term += share * violation ** power;
        raised += slope;
        slopes[c] = upstream * slope;
      }
      slopes[label] = -upstream * raised;
      return term;
    },
    reduction,
  );
  return (batch, into) => {
    if (weights !== undefined) checkEqual(where, 'weight.length', weights.length, batch.logits.cols);
    return loss(batch, into);
  };
}
