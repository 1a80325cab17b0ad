import type { Logits } from '../../core/batches.ts';
import { checkEqual, checkOneOf } from '../../core/check.ts';
import type { Matrix } from '../../core/matrix.ts';
import type { ElementwiseOptions } from '../elementwise.ts';
import { REDUCTIONS, shareOf, type Loss } from '../loss.ts';
import { checkedWeights } from './classes.ts';
import { checkFocal, type FocalOptions } from './focal-shape.ts';
import { softmaxTerms } from './softmax-terms.ts';

export interface SoftmaxFocalOptions extends FocalOptions, ElementwiseOptions {
  /** What each class's terms are multiplied by, over alpha: one finite number >= 0 a class. @default 1 for all */
  readonly weight?: ArrayLike<number>;
  /** 'kornia' adds 1e-6 to the share of every class, the label's included, as kornia's one_hot does. @default 'monai' */
  readonly convention?: 'monai' | 'kornia';
}

/**
 * -a_c w_c q_c (1 - p_c)^gamma log p_c with p the softmax of a row of logits and q its row of `targets`, or 1 for its label and 0
 * elsewhere; a_c is 1 - alpha for class 0, the background, and alpha for the others, or 1 without alpha. One term an entry.
 *
 * At least 0; `crossEntropy` over the classes at gamma 0: the mean is of rows × classes terms, those of no share included, which
 * are 0 (kornia's and MONAI's; MONAI's sum is over the mean of each sample's places, and of rows without places it is their
 * mean). Stable at any finite logits. No entries: value 0. The gradient may be written over the logits.
 *
 * @throws RangeError if gamma is not a finite number >= 0, alpha is outside [0, 1], weight is not a finite number >= 0 for each class, a
 * label is no class, a target is outside [0, 1], or a logit is not finite
 * @see Lin et al., "Focal loss for dense object detection", 2017; kornia's focal_loss, MONAI's FocalLoss(use_softmax=True)
 */
export function softmaxFocal({
  gamma = 2,
  alpha,
  weight,
  convention = 'monai',
  reduction = 'mean',
  listTerms = false,
}: SoftmaxFocalOptions = {}): Loss<Logits, { readonly logits: Matrix }> {
  const where = 'softmaxFocal';
  checkFocal(where, gamma, alpha);
  checkOneOf(where, 'convention', convention, ['monai', 'kornia']);
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  const leak = convention === 'kornia' ? 1e-6 : 0;
  const weights = weight && checkedWeights(where, 'weight', weight);
  return (batch, into) => {
    const { rows, cols: classes } = batch.logits;
    if (weights !== undefined) checkEqual(where, 'weight.length', weights.length, classes);
    const upstream = shareOf(reduction, rows * classes);
    const terms = listTerms ? new Float32Array(rows * classes) : undefined;
    let [sum, active] = [0, 0];
    const slopeOf = (i: number, c: number, share: number, log: number): number => {
      const scale = (weights?.[c] ?? 1) * (alpha === undefined ? 1 : c === 0 ? 1 - alpha : alpha) * share;
      const miss = -Math.expm1(log);
      const power = miss ** gamma;
      const term = -scale * power * log;
      if (terms !== undefined) terms[i * classes + c] = term;
      sum += term;
      if (term > 0) active++;
      // log p over 1 - p is -1 where p is 1
      const pull = miss > 0 ? log / miss : -1;
      return -upstream * scale * power * (1 - gamma * Math.exp(log) * pull);
    };
    const gradient = softmaxTerms(where, batch, into?.logits, slopeOf, leak);
    return { value: upstream * sum, terms, active, gradients: { logits: gradient } };
  };
}
