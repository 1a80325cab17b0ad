import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkOneOf, checkPositive } from '../../core/check.ts';
import type { PairGeometry, PairReduction } from '../../kernels/kernels.ts';
import { type ClassWeighted, GEOMETRIES, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';
import type { PromisedLoss } from '../promised.ts';

export interface SupConOptions extends ClassWeighted {
  /** What similarities are divided by. @default 0.1 */
  readonly temperature?: number;
  /** Of unit rows (then gradients go through the normalization) or of the rows as they are; of a distance, minus it. @default 'cosine' */
  readonly similarity?: PairGeometry;
  /**
   * 'active' is over the terms that float64 leaves above zero beside their logits (pytorch-metric-learning's default);
   * 'perAnchor' over all anchors, those without a positive included (its MeanReducer, and the authors' code).
   * @default 'mean' over the anchors that have a positive
   */
  readonly reduction?: PairReduction;
  /**
   * Whether rows that are all of one label, or mined pairs none of which is negative, have no terms (pytorch-metric-learning).
   * @default false: those of positives alone
   */
  readonly needsNegatives?: boolean;
}

/**
 * -1/|P(i)| Σ_{p in P(i)} log( exp(s_ip / τ) / Σ_{a ≠ i} exp(s_ia / τ) ), one term an anchor: P(i) are the other rows of its
 * label, and the sum is over all rows but itself. Several views of an item are rows of one label.
 *
 * At least 0 with one positive, and log |P(i)| or more with several. An anchor without a positive has no term; without
 * negatives it draws its positives to one similarity. A zero row has similarity 0 to everything and, by cosine, no gradient.
 * The authors' code multiplies by temperature / base_temperature; here the loss is as it is in the paper.
 *
 * @throws RangeError if temperature is not a finite number > 0, an option is none of its names, labels do not match the rows,
 *   or an entry is not finite
 * @see Khosla et al., "Supervised contrastive learning", 2020, eq. 2 (L_out)
 */
export function supCon({
  temperature = 0.1,
  similarity = 'cosine',
  reduction = 'mean',
  needsNegatives = false,
  classWeights,
}: SupConOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkPositive('supCon', 'temperature', temperature);
  checkOneOf('supCon', 'similarity', similarity, GEOMETRIES);
  checkOneOf('supCon', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('supCon', {
    loss: { kind: 'softmax' },
    geometry: similarity,
    temperature,
    reduction,
    needsNegatives,
    classWeights,
  });
}
