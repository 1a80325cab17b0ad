import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkEqual, checkOneOf } from '../../core/check.ts';
import { row } from '../../core/matrix.ts';
import { checkRowsBetween } from '../../kernels/check-rows.ts';
import { elementwise } from '../elementwise.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';
import { checkedWeights } from './classes.ts';

export interface MultiLabelSoftMarginOptions {
  /** What each class's part is multiplied by: one finite number >= 0 a class. @default 1 for all */
  readonly weight?: ArrayLike<number>;
  /** @default 'mean' over the rows */
  readonly reduction?: Reduction;
}

/**
 * The mean over the classes of -w_c (y log σ(x) + (1 - y) log(1 - σ(x))) for logit x and target y in [0, 1]: one term a row.
 *
 * At least 0; log 2 where all logits are 0 without weights. Without weights the mean is `binaryCrossEntropy`'s. Stable at any
 * finite logit. No rows or no classes: value 0. The gradients may be written over the predictions, which are the logits,
 * and the targets.
 *
 * @throws RangeError if weight is not a finite number >= 0 for each class, a target is outside [0, 1], the shapes differ or a
 * number is not finite
 * @see torch's multilabel_soft_margin_loss
 */
export function multiLabelSoftMargin({ weight, reduction = 'mean' }: MultiLabelSoftMarginOptions = {}): Loss<
  Targets,
  TargetGradients
> {
  const where = 'multiLabelSoftMargin';
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  const columnWeights = weight && checkedWeights(where, 'weight', weight);
  const share = (rows: number, classes: number) => shareOf('mean', classes) * shareOf(reduction, rows);
  const loss = elementwise(
    where,
    { kind: 'multiLabelSoftMargin', columnWeights, share },
    { listTerms: true },
  );
  return (batch, into) => {
    const { rows, cols: classes } = batch.predictions;
    if (columnWeights !== undefined) checkEqual(where, 'weight.length', columnWeights.length, classes);
    checkRowsBetween(where, 'targets', batch.targets, [0, 1]);
    const { value, terms: data = new Float32Array(), gradients } = loss(batch, into);
    const terms = Float32Array.from({ length: rows }, (_, i) => {
      const entries = row({ rows, cols: classes, data }, i);
      return entries.reduce((sum, term) => sum + term, 0) * shareOf('mean', classes);
    });
    const active = terms.reduce((count, term) => count + Number(term > 0), 0);
    return { value, terms, active, gradients };
  };
}
