import type { ScaledViewGradients, Views } from '../../core/batches.ts';
import { checkFinite, checkOneOf, refuse } from '../../core/check.ts';
import { REDUCTIONS, type Reduction } from '../loss.ts';
import { promised, type PromisedLoss } from '../promised.ts';
import { scaleOf, type ScaleOptions } from './scale.ts';
import { viewPairs } from './view-pairs.ts';

export interface SigLipOptions extends ScaleOptions {
  /** What similarities are divided by. @default 0.1, where there is neither a `scale` nor a learned one */
  readonly temperature?: number;
  /** What they are multiplied by, in the temperature's place. */
  readonly scale?: number;
  /** What is added to each scaled similarity. @default -10, where none is learned */
  readonly bias?: number;
  /** Of unit rows (then gradients go through the normalization) or of the rows as they are. @default 'cosine' */
  readonly similarity?: 'cosine' | 'dot';
  /** Whether an anchor meets every anchor's negatives or the ones it owns. @default 'shared' */
  readonly negatives?: 'shared' | 'own';
  /** @default 'mean' over the anchors, not over the pairs: a term is the sum of an anchor's */
  readonly reduction?: Reduction;
}

/**
 * Σ_j log(1 + exp(-z_ij (t s_ij + b))), one term an anchor, z = 1 of its positive and -1 of the others it meets: each pair is a
 * decision of its own, and no pair weighs on another. What is masked is masked as in `infoNce`.
 *
 * Above 0. Views that carry a `logScale`, t = exp(logScale), or a `bias` learn it, and have its gradient. The paper and open_clip begin at
 * logScale = ln 10 and bias = -10, where nearly all pairs are negatives that are told right, and clamp logScale
 * to [0, ln 100] after each step. A zero row has similarity 0 to everything and, by cosine, no gradient.
 *
 * @throws RangeError if temperature or scale is not a finite number > 0, both are given, bias is not finite, a parameter is both
 *   given and learned, an option is none of its names, or the views' shapes do not fit one another
 * @see Zhai et al., "Sigmoid loss for language image pre-training", 2023, algorithm 1
 */
export function sigLip({
  temperature,
  scale,
  bias,
  similarity = 'cosine',
  negatives = 'shared',
  reduction = 'mean',
}: SigLipOptions = {}): PromisedLoss<Views, ScaledViewGradients> {
  const scaleIn = scaleOf('sigLip', { temperature, scale }, 10);
  if (bias !== undefined) checkFinite('sigLip', 'bias', bias);
  checkOneOf('sigLip', 'similarity', similarity, ['cosine', 'dot']);
  checkOneOf('sigLip', 'negatives', negatives, ['shared', 'own']);
  checkOneOf('sigLip', 'reduction', reduction, REDUCTIONS);
  return promised((views, into) => {
    if (views.bias !== undefined && bias !== undefined) {
      refuse('sigLip', 'views.bias must be absent where bias is given', views.bias);
    }
    const added = views.bias ?? bias ?? -10;
    checkFinite('sigLip', 'views.bias', added);
    return viewPairs(
      'sigLip',
      views,
      {
        loss: { kind: 'sigmoid', bias: added },
        similarity,
        scale: scaleIn(views),
        negatives,
        bothWays: false,
        reduction,
      },
      into,
    );
  });
}
