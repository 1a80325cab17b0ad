import type { ScaledViewGradients, Views } from '../../core/batches.ts';
import { checkEqual, checkNonNegative, checkOneOf, refuse } from '../../core/check.ts';
import { REDUCTIONS, type Reduction } from '../loss.ts';
import { promised, type PromisedLoss } from '../promised.ts';
import { type Direction, DIRECTIONS, KNOWN_POSITIVES, type KnownPositives } from './candidates.ts';
import { type FalseNegativeOptions, falseNegatives as guideBy } from './false-negatives.ts';
import type { Hardness } from './hardness.ts';
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
  /**
   * Other directions whose pairs are candidates in the same sum: anchor to anchor, positive to anchor (its own included, so that the
   * positive is in the sum twice, as in GTE and sentence-transformers), positive to positive, positive to negatives of others. GISTEmbed
   * joins anchorToAnchor and positiveToPositive. Not with `symmetric`, which is a sum for each of two. @default []
   */
  readonly joined?: readonly Direction[];
  /**
   * What becomes of candidates that equal `ids`, equal `labels` or what is `known` say are right for an anchor, beside its own positive:
   * they are left out of its sum, or 'counted' as its positives too (multi-positive InfoNCE). @default 'leftOut'
   */
  readonly knownPositives?: KnownPositives;
  /** Makes similar negatives weigh more: strength · s, without a slope of its own, is added to their logits after the temperature. */
  readonly hardness?: Hardness;
  /**
   * What becomes of negatives that the views' guide finds nearer than the positive (GISTEmbed): they are dropped, count for less, or
   * count as positives too.
   */
  readonly falseNegatives?: FalseNegativeOptions;
  /** @default 'mean' over the anchors */
  readonly reduction?: Reduction;
}

/**
 * -log( exp(s_ii / τ) / Σ_j exp(s_ij / τ) ), one term an anchor: its positive against all positives of the batch and the
 * negatives it meets. Items of equal `ids` or equal `labels` are left out of one another's sum, and what is `known` to be
 * right for an anchor of that anchor's. Views that carry a `logScale` learn 1 / τ = exp(logScale), and have its gradient.
 *
 * Where some of these, or what a guide finds, count as positives, all of them are in the sum and the term is the mean over an anchor's
 * positives, its own no more than the others: -1/|P(i)| Σ_{p in P(i)} log( exp(s_ip / τ) / Σ_j exp(s_ij / τ) ), SupCon's L_out. With
 * `symmetric` the same pairs are positives the other way.
 *
 * At least 0, with several positives log |P(i)| or more; log(candidates) where all similarities are equal; 0 and no gradient where an
 * anchor has no candidate but its positive. A zero row has similarity 0 to everything and, by cosine, no gradient.
 *
 * @throws RangeError if temperature or scale is not a finite number > 0, both are given, or one and a logScale, an option is
 *   none of its names or out of its range, joined is given with symmetric or own negatives, false negatives that count as positives
 *   are given a weight, or the views' shapes do not fit one another
 * @see van den Oord et al., "Representation learning with contrastive predictive coding", 2018, eq. 4; Henderson et al.,
 *   "Efficient natural language response suggestion", 2017 (in-batch negatives); Radford et al., 2021 (symmetric, learned);
 *   Li et al., "Towards general text embeddings", 2023 (joined); Lan et al., 2025, eq. 5 (hardness, in batch), Schechter Vera
 *   et al., "EmbeddingGemma", 2025 (of own negatives); Solatorio, "GISTEmbed", 2024 (guide); Khosla et al., "Supervised
 *   contrastive learning", 2020, eq. 2 (several positives)
 */
export function infoNce({
  temperature,
  scale,
  similarity = 'cosine',
  symmetric = false,
  negatives = 'shared',
  joined = [],
  knownPositives = 'leftOut',
  hardness = { strength: 0, of: 'all' },
  falseNegatives: guided,
  reduction = 'mean',
}: InfoNceOptions = {}): PromisedLoss<Views, ScaledViewGradients> {
  const scaleIn = scaleOf('infoNce', { temperature, scale }, 1 / 0.05);
  checkOneOf('infoNce', 'similarity', similarity, ['cosine', 'dot']);
  checkOneOf('infoNce', 'negatives', negatives, ['shared', 'own']);
  for (const direction of joined) checkOneOf('infoNce', 'joined', direction, Object.keys(DIRECTIONS));
  if (joined.length > 0) {
    if (symmetric) refuse('infoNce', 'symmetric must be false where directions are joined', symmetric);
    checkOneOf('infoNce', 'negatives, where directions are joined,', negatives, ['shared']);
    checkEqual('infoNce', 'different directions in joined', new Set(joined).size, joined.length);
  }
  checkOneOf('infoNce', 'knownPositives', knownPositives, KNOWN_POSITIVES);
  checkNonNegative('infoNce', 'hardness.strength', hardness.strength);
  checkOneOf('infoNce', 'hardness.of', hardness.of, ['own', 'inBatch', 'all']);
  const falseNegatives = guided && guideBy('infoNce', guided);
  checkOneOf('infoNce', 'reduction', reduction, REDUCTIONS);
  return promised((views, into) =>
    viewPairs(
      'infoNce',
      views,
      {
        loss: { kind: 'softmax' },
        similarity,
        scale: scaleIn(views),
        negatives,
        bothWays: symmetric,
        joined,
        knownPositives,
        hardness,
        falseNegatives,
        reduction,
      },
      into,
    ),
  );
}
