import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkFinite, checkOneOf } from '../../core/check.ts';
import type { PairGeometry, PairReduction } from '../../kernels/kernels.ts';
import { type ClassWeighted, GEOMETRIES, labelledPairs, PAIR_REDUCTIONS } from './labelled-pairs.ts';
import type { PromisedLoss } from '../promised.ts';

export interface ContrastiveOptions extends ClassWeighted {
  /** Up to what distance a positive costs nothing. @default 0 */
  readonly positiveMargin?: number;
  /** From what distance on a negative costs nothing. @default 1 */
  readonly negativeMargin?: number;
  /**
   * 'chord' is the euclidean distance of unit rows, 'squaredChord' its square (`LpDistance(power=2)`); of similarities the
   * hinges are the other way round. @default 'chord'
   */
  readonly geometry?: PairGeometry;
  /**
   * Of the positive pairs and of the negative pairs apart, the two added; 'active' over those above zero, 'perAnchor' over each
   * anchor's and then over all anchors (pytorch-metric-learning's AvgNonZeroReducer and PerAnchorReducer). @default 'active'
   */
  readonly reduction?: PairReduction;
}

/**
 * max(0, d_ij - m_p) of each pair of one label and max(0, m_n - d_ij) of each pair of two, in both orders.
 *
 * At least 0; of a kind of pair there is none of, 0. At the hinge itself the slope is 0, and so it is of two rows that are the
 * same. `terms` are summed by anchor. A pair that was mined twice counts once (in pytorch-metric-learning twice). The paper squares its
 * distances.
 *
 * @throws RangeError if a margin is not finite, an option is none of its names, labels do not match the rows, or an entry is not finite
 * @see Hadsell et al., "Dimensionality reduction by learning an invariant mapping", 2006, eq. 4
 */
export function contrastive({
  positiveMargin = 0,
  negativeMargin = 1,
  geometry = 'chord',
  reduction = 'active',
  classWeights,
}: ContrastiveOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkFinite('contrastive', 'positiveMargin', positiveMargin);
  checkFinite('contrastive', 'negativeMargin', negativeMargin);
  checkOneOf('contrastive', 'geometry', geometry, GEOMETRIES);
  checkOneOf('contrastive', 'reduction', reduction, PAIR_REDUCTIONS);
  return labelledPairs('contrastive', {
    loss: { kind: 'contrastive', positiveMargin, negativeMargin },
    geometry,
    reduction,
    classWeights,
  });
}
