import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkFinite, checkOneOf } from '../../core/check.ts';
import type { PairGeometry, PairReduction } from '../../kernels/kernels.ts';
import { type ClassWeighted, GEOMETRIES, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';
import type { PromisedLoss } from '../promised.ts';

export interface GeneralizedLiftedStructureOptions extends ClassWeighted {
  /** Taken off the distances of positives. @default 0 */
  readonly positiveMargin?: number;
  /** What the distances of negatives are taken from. @default 1 */
  readonly negativeMargin?: number;
  /** 'chord' is the euclidean distance of unit rows. @default 'chord' */
  readonly geometry?: PairGeometry;
  /** 'active' is over terms above zero. @default 'mean' over all anchors */
  readonly reduction?: PairReduction;
}

/**
 * max(0, log Σ_p exp(d_ip - m_p) + log Σ_n exp(m_n - d_in)), one term an anchor: p the other rows of its label, n the rows of others.
 * Of similarities the signs are the other way round.
 *
 * At least 0; at the hinge itself the slope is 0. A sum over no rows counts 0, not its logarithm (as in pytorch-metric-learning): an
 * anchor without negatives draws its positives near, one without positives pushes its negatives away. Two rows that are the
 * same have no slope. The paper's positive margin is 0.
 *
 * @throws RangeError if a margin is not finite, an option is none of its names, labels do not match the rows, or an entry is not finite
 * @see Hermans et al., "In defense of the triplet loss for person re-identification", 2017, eq. 10
 */
export function generalizedLiftedStructure({
  positiveMargin = 0,
  negativeMargin = 1,
  geometry = 'chord',
  reduction = 'mean',
  classWeights,
}: GeneralizedLiftedStructureOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkFinite('generalizedLiftedStructure', 'positiveMargin', positiveMargin);
  checkFinite('generalizedLiftedStructure', 'negativeMargin', negativeMargin);
  checkOneOf('generalizedLiftedStructure', 'geometry', geometry, GEOMETRIES);
  checkOneOf('generalizedLiftedStructure', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('generalizedLiftedStructure', {
    loss: { kind: 'generalizedLifted', positiveMargin, negativeMargin },
    geometry,
    reduction,
    classWeights,
  });
}
