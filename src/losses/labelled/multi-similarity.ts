import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkFinite, checkOneOf, checkPositive } from '../../core/check.ts';
import type { PairReduction } from '../../kernels/kernels.ts';
import { type ClassWeighted, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';
import type { PromisedLoss } from '../promised.ts';

export interface MultiSimilarityOptions extends ClassWeighted {
  /** How steeply positives that are far weigh more. @default 2 */
  readonly alpha?: number;
  /** How steeply negatives that are near weigh more. @default 50 */
  readonly beta?: number;
  /** The similarity on either side of which pairs weigh much or little. @default 0.5 */
  readonly base?: number;
  /** Of unit rows (then gradients go through the normalization) or of the rows as they are. @default 'cosine' */
  readonly similarity?: 'cosine' | 'dot';
  /** 'active' is over terms above zero. @default 'mean' over all anchors */
  readonly reduction?: PairReduction;
}

/**
 * log(1 + Σ_p exp(-α (s_ip - λ))) / α + log(1 + Σ_n exp(β (s_in - λ))) / β, one term an anchor: p the other rows of its label, n
 * the rows of others.
 *
 * Above 0 where an anchor has a pair, 0 where it has none. Takes every pair; the paper's choice of pairs is a miner's.
 * (TensorFlow Similarity has that miner inside, and β = 40.)
 *
 * @throws RangeError if alpha or beta is not a finite number > 0, base is not finite, an option is none of its names, labels
 *   do not match the rows, or an entry is not finite
 * @see Wang et al., "Multi-similarity loss with general pair weighting for deep metric learning", 2019, eq. 15
 */
export function multiSimilarity({
  alpha = 2,
  beta = 50,
  base = 0.5,
  similarity = 'cosine',
  reduction = 'mean',
  classWeights,
}: MultiSimilarityOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkPositive('multiSimilarity', 'alpha', alpha);
  checkPositive('multiSimilarity', 'beta', beta);
  checkFinite('multiSimilarity', 'base', base);
  checkOneOf('multiSimilarity', 'similarity', similarity, ['cosine', 'dot']);
  checkOneOf('multiSimilarity', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('multiSimilarity', {
    loss: { kind: 'multiSimilarity', alpha, beta, base },
    geometry: similarity,
    reduction,
    classWeights,
  });
}
