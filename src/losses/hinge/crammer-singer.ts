import type { ClassLogits } from '../../core/batches.ts';
import { checkNonNegative } from '../../core/check.ts';
import type { Loss, Reduction } from '../loss.ts';
import { classRows } from './class-rows.ts';

export interface CrammerSingerOptions {
  /** How much higher than any other the right class must score. @default 1 */
  readonly margin?: number;
  /** @default 'mean' over the rows */
  readonly reduction?: Reduction;
}

/**
 * max_c (s_c + margin [c ≠ y]) - s_y for scores s and label y: the hinge of the right class against the best of the others. One
 * term a row.
 *
 * At least 0. Classes that share the maximum share its slope evenly, the right class too where it is exactly the margin ahead
 * (optax). One class, or no rows: value 0. The gradient may be written over the logits.
 *
 * @throws RangeError if margin is not a finite number >= 0, a label is no class, or a logit is not finite
 * @see Crammer and Singer, "On the algorithmic implementation of multiclass kernel-based vector machines", 2001; optax's
 *   multiclass_hinge_loss, scikit-learn's hinge_loss of several classes
 */
export function crammerSinger({ margin = 1, reduction = 'mean' }: CrammerSingerOptions = {}): Loss<
  ClassLogits,
  { readonly logits: ClassLogits['logits'] }
> {
  checkNonNegative('crammerSinger', 'margin', margin);
  return classRows(
    'crammerSinger',
    (scores, label, upstream, slopes) => {
      const right = scores[label];
      let [most, sharing] = [-Infinity, 0];
      for (let c = 0; c < scores.length; c++) {
        const score = scores[c] + (c === label ? 0 : margin);
        sharing = score > most ? 1 : score === most ? sharing + 1 : sharing;
        most = Math.max(most, score);
      }
      for (let c = 0; c < scores.length; c++) {
        const best = scores[c] + (c === label ? 0 : margin) === most;
        slopes[c] = upstream * ((best ? 1 / sharing : 0) - (c === label ? 1 : 0));
      }
      return most - right;
    },
    reduction,
  );
}
