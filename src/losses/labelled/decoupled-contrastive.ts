import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkOneOf, checkPositive } from '../../core/check.ts';
import type { PairGeometry, PairReduction } from '../../kernels/kernels.ts';
import { type ClassWeighted, GEOMETRIES, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';
import type { PromisedLoss } from '../promised.ts';

export interface DecoupledContrastiveOptions extends ClassWeighted {
  /** What similarities are divided by. @default 0.1 */
  readonly temperature?: number;
  /** Of unit rows (then gradients go through the normalization) or of the rows as they are; of a distance, minus it. @default 'cosine' */
  readonly similarity?: PairGeometry;
  /** 'active' is over terms above zero. @default 'mean' over the anchors with a positive and a negative */
  readonly reduction?: PairReduction;
}

/**
 * -s_ip / τ + log Σ_n exp(s_in / τ), one term an anchor: its positive is not in the sum over negatives, the rows of other labels. Of
 * several positives the mean.
 *
 * Of either sign. An anchor without a positive or without a negative has no term. A zero row has similarity 0 to everything and,
 * by cosine, no gradient.
 *
 * @throws RangeError if temperature is not a finite number > 0, an option is none of its names, labels do not match the rows,
 *   or an entry is not finite
 * @see Yeh et al., "Decoupled contrastive learning", 2022, eq. 3
 */
export function decoupledContrastive({
  temperature = 0.1,
  similarity = 'cosine',
  reduction = 'mean',
  classWeights,
}: DecoupledContrastiveOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkPositive('decoupledContrastive', 'temperature', temperature);
  checkOneOf('decoupledContrastive', 'similarity', similarity, GEOMETRIES);
  checkOneOf('decoupledContrastive', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('decoupledContrastive', {
    loss: { kind: 'decoupled' },
    geometry: similarity,
    temperature,
    reduction,
    classWeights,
  });
}
