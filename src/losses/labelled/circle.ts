import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkFinite, checkOneOf, checkPositive } from '../../core/check.ts';
import type { PairReduction } from '../../kernels/kernels.ts';
import { type ClassWeighted, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';
import type { PromisedLoss } from '../promised.ts';

export interface CircleOptions extends ClassWeighted {
  /** How far from 1 a positive and from 0 a negative may be. @default 0.4 */
  readonly margin?: number;
  /** How steep. @default 80 */
  readonly gamma?: number;
  /** 'active' is over terms above zero (pytorch-metric-learning's default). @default 'mean' over all anchors */
  readonly reduction?: PairReduction;
}

/**
 * log(1 + Σ_n exp(γ a_n (s_in - m)) Σ_p exp(-γ a_p (s_ip - 1 + m))) by cosine, one term an anchor, with a_n = max(0, s_in + m) and
 * a_p = max(0, 1 + m - s_ip).
 *
 * Above 0; 0 where an anchor has no positive or no negative. The paces a are constants of the gradient, as in the
 * paper. (TensorFlow Similarity's is log(1 + Σ_n) + log(1 + Σ_p): another function.)
 *
 * @throws RangeError if gamma is not a finite number > 0, margin is not finite, reduction is none of its names, labels do not
 *   match the rows, or an entry is not finite
 * @see Sun et al., "Circle loss: a unified perspective of pair similarity optimization", 2020, eq. 6 and 8
 */
export function circle({
  margin = 0.4,
  gamma = 80,
  reduction = 'mean',
  classWeights,
}: CircleOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkFinite('circle', 'margin', margin);
  checkPositive('circle', 'gamma', gamma);
  checkOneOf('circle', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('circle', {
    loss: { kind: 'circle', margin, gamma },
    geometry: 'cosine',
    reduction,
    classWeights,
  });
}
