import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkFinite, checkOneOf } from '../../core/check.ts';
import type { PairGeometry, PairReduction } from '../../kernels/kernels.ts';
import { type ClassWeighted, GEOMETRIES, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';
import type { PromisedLoss } from '../promised.ts';

export interface LiftedStructureOptions extends ClassWeighted {
  /** @default 0 */
  readonly positiveMargin?: number;
  /** @default 1 */
  readonly negativeMargin?: number;
  /** 'chord' is the euclidean distance of unit rows. @default 'chord' */
  readonly geometry?: PairGeometry;
  /**
   * 'active' is over the anchors whose terms are above zero; 'perAnchor' over each anchor's positive pairs and then over all anchors,
   * as pytorch-metric-learning's PerAnchorReducer is over pairs. @default 'mean' over the positive pairs, in both orders
   */
  readonly reduction?: PairReduction;
}

/**
 * max(0, J)² / 2 for each pair (i, p) of one label, J = log(Σ_n exp(m_n - d_in) + Σ_n exp(m_n - d_pn)) + d_ip - m_p, n the rows of
 * other labels. Of similarities the signs are the other way round.
 *
 * At least 0; 0 and no gradient without negatives. A reference is no anchor: as a p it brings no n of its own. `terms` are summed by
 * anchor. Two rows that are the same have no slope. Of mined pairs each counts once (in pytorch-metric-learning as often as it was mined),
 * and one to neither of whose rows a negative was mined has the term 0 (there max(0, d_ip - m_p)² / 2).
 *
 * @throws RangeError if a margin is not finite, an option is none of its names, labels do not match the rows, or an entry is not finite
 * @see Oh Song et al., "Deep metric learning via lifted structured feature embedding", 2016, eq. 4
 */
export function liftedStructure({
  positiveMargin = 0,
  negativeMargin = 1,
  geometry = 'chord',
  reduction = 'mean',
  classWeights,
}: LiftedStructureOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkFinite('liftedStructure', 'positiveMargin', positiveMargin);
  checkFinite('liftedStructure', 'negativeMargin', negativeMargin);
  checkOneOf('liftedStructure', 'geometry', geometry, GEOMETRIES);
  checkOneOf('liftedStructure', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('liftedStructure', {
    loss: { kind: 'lifted', positiveMargin, negativeMargin },
    geometry,
    reduction,
    classWeights,
  });
}
