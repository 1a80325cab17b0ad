import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkOneOf, checkPositive } from '../../core/check.ts';
import { logistic, softplus } from '../../core/softplus.ts';
import type { Loss } from '../loss.ts';
import {
  ANCHOR_REDUCTIONS,
  NO_TERMS,
  anchorLoss,
  oneTerm,
  type AnchorReduction,
  type AnchorTerms,
} from './anchor-loss.ts';
import type { Anchor } from './anchor-rows.ts';
import { logSumExp } from './log-sum-exp.ts';

export interface NcaOptions {
  /** What squared distances are multiplied by. @default 1 */
  readonly scale?: number;
  /** Distances of unit rows (pytorch-metric-learning) or of the rows as they are (the paper). @default 'chord' */
  readonly geometry?: 'chord' | 'euclidean';
  /** 'active' is over terms above zero. @default 'mean' over the anchors that have a positive */
  readonly reduction?: AnchorReduction;
}

/**
 * -log( Σ_p exp(-scale d²_ap) / Σ_{j ≠ a} exp(-scale d²_aj) ), one term an anchor: how likely it is that a neighbor drawn by its
 * distance is of the anchor's label. p are the other rows of its label.
 *
 * At least 0, and 0 where there is one label only. An anchor without a positive has no term. The sums are taken as logarithms: where
 * pytorch-metric-learning leaves out an anchor whose likelihood is too small for a number, it has its term here. Of mined pairs p and j
 * are those mined for a (there all rows are kept, and a term is weighed by how often its row was mined). (The paper adds up the
 * likelihoods themselves; its logarithm is its own alternative, eq. 7.)
 *
 * @throws RangeError if scale is not a finite number > 0, an option is none of its names, labels do not match the rows, or an entry is
 *   not finite
 * @see Goldberger et al., "Neighbourhood components analysis", 2004
 */
export function nca({ scale = 1, geometry = 'chord', reduction = 'mean' }: NcaOptions = {}): Loss<
  Labelled,
  LabelledGradients
> {
  checkPositive('nca', 'scale', scale);
  checkOneOf('nca', 'geometry', geometry, ['chord', 'euclidean']);
  checkOneOf('nca', 'reduction', reduction, ANCHOR_REDUCTIONS);
  return anchorLoss('nca', {
    geometry: geometry === 'chord' ? 'squaredChord' : 'squaredEuclidean',
    reduction,
    termsOf: (anchor) => termsOf(anchor, scale),
  });
}

function termsOf({ x, positives, negatives, slopes }: Anchor, scale: number): AnchorTerms {
  if (positives.length === 0) return NO_TERMS;
  const near = logSumExp(x, positives, -scale);
  const far = logSumExp(x, negatives, -scale);
  const away = logistic(far - near);
  for (const p of positives) slopes[p] = scale * away * Math.exp(-scale * x[p] - near);
  for (const n of negatives) slopes[n] = -scale * away * Math.exp(-scale * x[n] - far);
  return oneTerm(softplus(far - near));
}
