import type { Logits } from '../../core/batches.ts';
import { checkEqual, checkFinite, checkOneOf } from '../../core/check.ts';
import type { Matrix } from '../../core/matrix.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';
import { checkedWeights } from './classes.ts';
import { softmaxTerms } from './softmax-terms.ts';

export interface Poly1CrossEntropyOptions {
  /** What 1 - p of the right class is multiplied by; 0 leaves the cross-entropy. @default 1 */
  readonly epsilon?: number;
  /** What each class's part of the cross-entropy is multiplied by: one finite number >= 0 a class. @default 1 for all */
  readonly weight?: ArrayLike<number>;
  /** @default 'mean' over the rows, whatever they weigh */
  readonly reduction?: Reduction;
}

/**
 * Σ_c q_c (-w_c log p_c + epsilon (1 - p_c)), one term a row: p is the softmax of its logits, q its row of `targets`, or 1 for its
 * label and 0 elsewhere.
 *
 * At least 0 where epsilon is at least -1, without weights. Weights are not of what epsilon adds (as in abhuse's
 * implementation; optax has none). Stable at any finite logits. No rows: value 0. The gradient may be written over the
 * logits.
 *
 * @throws RangeError if epsilon is not a finite number, weight is not a finite number >= 0 for each class, a label is no class, a target
 * is outside [0, 1], or a logit is not finite
 * @see Leng et al., "PolyLoss", 2022, eq. 5; optax's poly_loss_cross_entropy; abhuse's polyloss-pytorch
 */
export function poly1CrossEntropy({
  epsilon = 1,
  weight,
  reduction = 'mean',
}: Poly1CrossEntropyOptions = {}): Loss<Logits, { readonly logits: Matrix }> {
  const where = 'poly1CrossEntropy';
  checkFinite(where, 'epsilon', epsilon);
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  const weights = weight && checkedWeights(where, 'weight', weight);
  return (batch, into) => {
    const { rows, cols: classes } = batch.logits;
    if (weights !== undefined) checkEqual(where, 'weight.length', weights.length, classes);
    const upstream = shareOf(reduction, rows);
    const sums = new Float64Array(rows);
    const gradient = softmaxTerms(where, batch, into?.logits, (i, c, share, log) => {
      const w = weights?.[c] ?? 1;
      sums[i] -= share * (w * log + epsilon * Math.expm1(log));
      return -upstream * share * (w + epsilon * Math.exp(log));
    });
    return {
      value: upstream * sums.reduce((sum, term) => sum + term, 0),
      terms: Float32Array.from(sums),
      active: sums.reduce((count, term) => count + Number(term > 0), 0),
      gradients: { logits: gradient },
    };
  };
}
