import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkOneOf, checkWhole } from '../../core/check.ts';
import type { PairReduction } from '../../kernels/kernels.ts';
import type { PromisedLoss } from '../promised.ts';
import { type ClassWeighted, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';

export interface FastApOptions extends ClassWeighted {
  /** How many bins the squared distances in [0, 4] fall into. @default 10 */
  readonly bins?: number;
  /** 'active' is over terms above zero. @default 'mean' over the anchors that have a positive */
  readonly reduction?: PairReduction;
}

/**
 * 1 - (1 / |P|) Σ_b h_b H_b / T_b, one term an anchor: average precision, of histograms of the squared distances of unit rows. h_b are the
 * anchor's positives in bin b, H_b those in bins up to b, T_b all rows in bins up to b; a row between the centers of two bins is shared
 * out between them.
 *
 * In [0, 1). An anchor without a positive has no term. At the center of a bin the slope is 0, and so it is between rows that are the
 * same. A zero row is at squared distance 1 from every other direction. Of mined pairs a histogram is of those mined for the anchor (in
 * pytorch-metric-learning of all rows, and a term is weighed by how often its row was mined).
 *
 * @throws RangeError if bins is not a whole number >= 1, reduction is none of its names, labels do not match the rows, or an entry
 *   is not finite
 * @see Cakir et al., "Deep metric learning to rank", 2019, eq. 5 to 8
 */
export function fastAp({ bins = 10, reduction = 'mean', classWeights }: FastApOptions = {}): PromisedLoss<
  Labelled,
  LabelledGradients
> {
  checkWhole('fastAp', 'bins', bins, 1);
  checkOneOf('fastAp', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('fastAp', {
    loss: { kind: 'fastAp', bins },
    geometry: 'squaredChord',
    reduction,
    classWeights,
  });
}
