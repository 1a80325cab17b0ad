import type { Logits } from '../core/batches.ts';
import { checkEqual, checkFiniteRows, checkLabels, checkOneOf, refuse } from '../core/check.ts';
import { matrix, type Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from './loss.ts';

export interface CrossEntropyOptions {
  /** Share of the target spread evenly over all classes, the right one included, in [0, 1]. @default 0 */
  readonly labelSmoothing?: number;
  /** Rows with this label have no loss and no gradient and do not count in the mean. @default -100 */
  readonly ignoreIndex?: number;
  /** @default 'mean' over the rows that are not ignored */
  readonly reduction?: Reduction;
}

/**
 * -Σ_c q_c log softmax(logits)_c with q = (1 - s) onehot(label) + s / classes, one term a row.
 *
 * At least 0; log(classes) where all logits are equal. Stable at any finite logits. All rows ignored: value 0 and
 * zero gradients (torch gives NaN). Smoothing is torch's and optax's; the right class keeps 1 - s + s / classes.
 *
 * @throws RangeError if labelSmoothing is outside [0, 1], a label is neither a class nor ignoreIndex, or a logit is not finite
 * @see Szegedy et al., "Rethinking the Inception architecture", 2016, section 7 (smoothing)
 */
export function crossEntropy({
  labelSmoothing = 0,
  ignoreIndex = -100,
  reduction = 'mean',
}: CrossEntropyOptions = {}): Loss<Logits, { readonly logits: Matrix }> {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    refuse('crossEntropy', 'labelSmoothing must be a number in [0, 1]', labelSmoothing);
  }
  checkOneOf('crossEntropy', 'reduction', reduction, REDUCTIONS);
  return ({ logits, labels }, into = {}) => {
    checkEqual('crossEntropy', 'labels.length', labels.length, logits.rows);
    checkFiniteRows('crossEntropy', 'logits', logits);
    checkLabels('crossEntropy', 'labels', labels, logits.cols, ignoreIndex);
    const counted = labels.reduce((count, label) => count + Number(label !== ignoreIndex), 0);
    const gradient = into.logits ?? matrix(logits.rows, logits.cols);
    const upstream = shareOf(reduction, counted);
    const input = { logits, labels, ignored: ignoreIndex, smoothing: labelSmoothing, upstream };
    return { ...kernels.softmaxCrossEntropy(input, gradient), gradients: { logits: gradient } };
  };
}
