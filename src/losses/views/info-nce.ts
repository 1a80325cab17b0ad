import type { ViewGradients, Views } from '../../core/batches.ts';
import { checkOneOf, checkPositive } from '../../core/check.ts';
import { knownCandidates, offsetsOf, viewGradients } from '../../core/views.ts';
import { checkViews } from '../../kernels/check-views.ts';
import type { PairKeys } from '../../kernels/kernels.ts';
import { REDUCTIONS, type Reduction } from '../loss.ts';
import { promised, type PromisedLoss } from '../promised.ts';

export interface InfoNceOptions {
  /** What similarities are divided by. sentence-transformers' `scale` is its inverse. @default 0.05 */
  readonly temperature?: number;
  /** Of unit rows (then gradients go through the normalization) or of the rows as they are. @default 'cosine' */
  readonly similarity?: 'cosine' | 'dot';
  /** Also each positive over the anchors, the two directions averaged (CLIP); negatives stand in the first only. @default false */
  readonly symmetric?: boolean;
  /** Whether an anchor meets every anchor's negatives (sentence-transformers, tevatron) or the ones it owns. @default 'shared' */
  readonly negatives?: 'shared' | 'own';
  /** @default 'mean' over the anchors */
  readonly reduction?: Reduction;
}

/**
 * -log( exp(s_ii / τ) / Σ_j exp(s_ij / τ) ), one term an anchor: its positive against all positives of the batch and the
 * negatives it meets. Items of equal `ids` or equal `labels` are left out of one another's sum, and what is `known` to be
 * right for an anchor of that anchor's.
 *
 * At least 0; log(candidates) where all similarities are equal; 0 and no gradient where an anchor has no candidate but
 * its positive. A zero row has similarity 0 to everything and, by cosine, no gradient.
 *
 * @throws RangeError if temperature is not a finite number > 0, an option is none of its names, or the views' shapes do not fit one another
 * @see van den Oord et al., "Representation learning with contrastive predictive coding", 2018, eq. 4; Henderson et al.,
 *   "Efficient natural language response suggestion", 2017 (in-batch negatives); Radford et al., 2021 (symmetric)
 */
export function infoNce({
  temperature = 0.05,
  similarity = 'cosine',
  symmetric = false,
  negatives: visible = 'shared',
  reduction = 'mean',
}: InfoNceOptions = {}): PromisedLoss<Views, ViewGradients> {
  checkPositive('infoNce', 'temperature', temperature);
  checkOneOf('infoNce', 'similarity', similarity, ['cosine', 'dot']);
  checkOneOf('infoNce', 'negatives', visible, ['shared', 'own']);
  checkOneOf('infoNce', 'reduction', reduction, REDUCTIONS);
  return promised((views, into) => {
    checkViews('infoNce', views);
    const gradients = viewGradients(views, into);
    return {
      pairs: [
        {
          anchors: views.anchors,
          positives: views.positives,
          others: views.negatives,
          offsets: visible === 'own' ? offsetsOf('infoNce', views) : undefined,
          geometry: similarity,
          scale: 1 / temperature,
          masks: masksOf(views),
          dropped: knownCandidates(views),
          bothWays: symmetric,
          reduction,
        },
        { kind: 'softmax' },
        { ...gradients, others: gradients.negatives },
      ],
      result: ({ value, terms, active }) => ({ value, terms, active, gradients }),
    };
  });
}

function masksOf({ ids, negativeIds, labels, negativeLabels }: Views): PairKeys[] {
  return [
    ...(ids === undefined ? [] : [{ items: ids, others: negativeIds }]),
    ...(labels === undefined ? [] : [{ items: labels, others: negativeLabels }]),
  ];
}
