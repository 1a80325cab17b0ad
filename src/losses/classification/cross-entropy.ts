import type { ClassLogits, LogitGradients, Logits, ShareLogits } from '../../core/batches.ts';
import { checkEqual, checkOneOf, refuse } from '../../core/check.ts';
import { matrix } from '../../core/matrix.ts';
import { kernels } from '../../kernels/active.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import type { ClassTargets, ShareTargets } from '../../kernels/kernels.ts';
import { checkedWeights, checkShares, weightOf } from './classes.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';

export interface CrossEntropyOptions {
  /** Share of the target spread evenly over all classes, the right one included, in [0, 1]. @default 0 */
  readonly labelSmoothing?: number;
  /** Rows with this label have no loss and no gradient and do not count in the mean. @default -100 */
  readonly ignoreIndex?: number;
  /** What each class's part of the target is multiplied by: one finite number >= 0 a class. @default 1 for all */
  readonly weight?: ArrayLike<number>;
  /**
   * @default 'mean', which divides by the sum of the weights of the labels that are not ignored or, of soft targets, by the
   * number of rows
   */
  readonly reduction?: Reduction;
}

/**
 * -Σ_c w_c q_c log softmax(logits)_c with q = (1 - s) p + s / classes, one term a row; p is the row of `targets`, or 1 for its
 * label and 0 elsewhere.
 *
 * At least 0; without weights log(classes) where all logits are equal. Stable at any finite logits. The gradient may be
 * written over the logits. All rows ignored, or of weight 0: value 0 and zero gradients (torch gives NaN). Smoothing, weights
 * and means are torch's: the right class keeps 1 - s + s / classes, the classes smoothed over weigh what they weigh, targets
 * need not add up to 1, and their mean takes no account of weights. Where there is room `into.targets`, apart from all that is
 * given, it gets the gradient of soft targets, -(1 - s) w_c log softmax(logits)_c.
 *
 * @throws RangeError if labelSmoothing is outside [0, 1], weight is not a finite number >= 0 for each class, a label is neither a
 * class nor ignoreIndex, a target is outside [0, 1], or a logit is not finite
 * @see Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990 (the softmax); Szegedy et al., "Rethinking the Inception architecture", 2016, section 7 (smoothing)
 */
export function crossEntropy({
  labelSmoothing = 0,
  ignoreIndex = -100,
  weight,
  reduction = 'mean',
}: CrossEntropyOptions = {}): Loss<Logits, LogitGradients> {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    refuse('crossEntropy', 'labelSmoothing must be a number in [0, 1]', labelSmoothing);
  }
  checkOneOf('crossEntropy', 'reduction', reduction, REDUCTIONS);
  const weights = weight && checkedWeights('crossEntropy', 'weight', weight);
  return (batch, into = {}) => {
    const { logits } = batch;
    if (weights !== undefined) checkEqual('crossEntropy', 'weight.length', weights.length, logits.cols);
    const { divisor, ...target } =
      batch.labels === undefined ? shares(batch) : classes(batch, ignoreIndex, weights);
    const gradients = {
      logits: into.logits ?? matrix(logits.rows, logits.cols),
      targets: batch.labels === undefined ? into.targets : undefined,
    };
    const upstream = shareOf(reduction, divisor);
    const input = { logits, ...target, weights, smoothing: labelSmoothing, upstream };
    const result = kernels.softmaxCrossEntropy(input, gradients.logits, gradients.targets);
    if (Number.isNaN(result.value)) checkFiniteRows('crossEntropy', 'logits', logits);
    return { ...result, gradients };
  };
}

/** What each row is held to, and what the mean divides the terms' sum by. */
type Held<Target> = Target & { readonly divisor: number };

function classes(
  { logits, labels }: ClassLogits,
  ignored: number,
  weights: Float32Array | undefined,
): Held<ClassTargets> {
  return { labels, ignored, divisor: weightOf('crossEntropy', labels, logits, weights, ignored) };
}

function shares({ logits, targets }: ShareLogits): Held<ShareTargets> {
  checkShares('crossEntropy', targets, logits);
  return { targets, divisor: logits.rows };
}
