import type { ScaledViewGradients, Views } from '../../core/batches.ts';
import { checkOneOf } from '../../core/check.ts';
import { REDUCTIONS, type Reduction } from '../loss.ts';
import { promised, type PromisedLoss } from '../promised.ts';
import { scaleOf, type ScaleOptions } from './scale.ts';
import { viewPairs } from './view-pairs.ts';

export interface InfoNceOptions extends ScaleOptions {
  /** What similarities are divided by. @default 0.05, where there is neither a `scale` nor a learned one */
  readonly temperature?: number;
  /** What they are multiplied by, in the temperature's place: sentence-transformers' name for its inverse. */
  readonly scale?: number;
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
 * right for an anchor of that anchor's. Views that carry a `logScale` learn 1 / τ = exp(logScale), and have its gradient.
 *
 * At least 0; log(candidates) where all similarities are equal; 0 and no gradient where an anchor has no candidate but
 * its positive. A zero row has similarity 0 to everything and, by cosine, no gradient.
 *
 * @throws RangeError if temperature or scale is not a finite number > 0, both are given, or one and a logScale, an option is
 *   none of its names, or the views' shapes do not fit one another
 * @see van den Oord et al., "Representation learning with contrastive predictive coding", 2018, eq. 4; Henderson et al.,
 *   "Efficient natural language response suggestion", 2017 (in-batch negatives); Radford et al., 2021 (symmetric, learned)
 */
export function infoNce({
  temperature,
  scale,
  similarity = 'cosine',
  symmetric = false,
  negatives = 'shared',
  reduction = 'mean',
}: InfoNceOptions = {}): PromisedLoss<Views, ScaledViewGradients> {
  const scaleIn = scaleOf('infoNce', { temperature, scale }, 1 / 0.05);
  checkOneOf('infoNce', 'similarity', similarity, ['cosine', 'dot']);
  checkOneOf('infoNce', 'negatives', negatives, ['shared', 'own']);
  checkOneOf('infoNce', 'reduction', reduction, REDUCTIONS);
  return promised((views, into) =>
    viewPairs(
      'infoNce',
      views,
      {
        loss: { kind: 'softmax' },
        geometry: similarity,
        scale: scaleIn(views),
        negatives,
        bothWays: symmetric,
        reduction,
      },
      into,
    ),
  );
}
