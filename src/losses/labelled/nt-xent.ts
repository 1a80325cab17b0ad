import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkOneOf, checkPositive } from '../../core/check.ts';
import type { PairGeometry, PairReduction } from '../../kernels/kernels.ts';
import { type ClassWeighted, GEOMETRIES, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';
import type { PromisedLoss } from '../promised.ts';

export interface NtXentOptions extends ClassWeighted {
  /** What similarities are divided by. @default 0.07 */
  readonly temperature?: number;
  /** Of unit rows (then gradients go through the normalization) or of the rows as they are; of a distance, minus it. @default 'cosine' */
  readonly similarity?: PairGeometry;
  /** 'active' is over the anchors whose terms are above zero; 'perAnchor' over each anchor's and then over all. @default 'mean' over the positive pairs */
  readonly reduction?: PairReduction;
}

/**
 * -log( exp(s_ip / τ) / (exp(s_ip / τ) + Σ_n exp(s_in / τ)) ) for each pair (i, p) of one label, in both orders, n the rows of other
 * labels: other positives of an anchor are not in its sum. Two views of an item, rows of a label of their own, are SimCLR.
 *
 * At least 0; 0 and no gradient without positives or without negatives. `terms` are summed by anchor. A zero row has similarity
 * 0 to everything and, by cosine, no gradient. SimCLR's code adds its two directions up; here all pairs are in one mean,
 * as in the paper, in lightly and in pytorch-metric-learning. A positive that was mined twice counts once, and so does a negative in a sum
 * (in pytorch-metric-learning twice).
 *
 * @throws RangeError if temperature is not a finite number > 0, an option is none of its names, labels do not match the rows,
 *   or an entry is not finite
 * @see Chen et al., "A simple framework for contrastive learning of visual representations", 2020, eq. 1
 */
export function ntXent({
  temperature = 0.07,
  similarity = 'cosine',
  reduction = 'mean',
  classWeights,
}: NtXentOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkPositive('ntXent', 'temperature', temperature);
  checkOneOf('ntXent', 'similarity', similarity, GEOMETRIES);
  checkOneOf('ntXent', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('ntXent', {
    loss: { kind: 'ntXent' },
    geometry: similarity,
    temperature,
    reduction,
    classWeights,
  });
}
