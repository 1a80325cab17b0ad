import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkOneOf, checkPositive } from '../../core/check.ts';
import type { PairReduction } from '../../kernels/kernels.ts';
import type { PromisedLoss } from '../promised.ts';
import { type ClassWeighted, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';

export interface NcaOptions extends ClassWeighted {
  /** What squared distances are multiplied by. @default 1 */
  readonly scale?: number;
  /** Distances of unit rows (pytorch-metric-learning) or of the rows as they are (the paper). @default 'chord' */
  readonly geometry?: 'chord' | 'euclidean';
  /** 'active' is over terms above zero. @default 'mean' over the anchors that have a positive */
  readonly reduction?: PairReduction;
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
export function nca({
  scale = 1,
  geometry = 'chord',
  reduction = 'mean',
  classWeights,
}: NcaOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkPositive('nca', 'scale', scale);
  checkOneOf('nca', 'geometry', geometry, ['chord', 'euclidean']);
  checkOneOf('nca', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('nca', {
    loss: { kind: 'nca' },
    geometry: geometry === 'chord' ? 'squaredChord' : 'squaredEuclidean',
    temperature: 1 / scale,
    reduction,
    classWeights,
  });
}
