import type { ViewGradients, Views } from '../core/batches.ts';
import { checkOneOf, checkPositive } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { checkViews, knownCandidates, offsetsOf, viewGradients } from '../core/views.ts';
import { kernels } from '../kernels/active.ts';
import type { PairMask } from '../kernels/kernels.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from './loss.ts';

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
}: InfoNceOptions = {}): Loss<Views, ViewGradients> {
  checkPositive('infoNce', 'temperature', temperature);
  checkOneOf('infoNce', 'similarity', similarity, ['cosine', 'dot']);
  checkOneOf('infoNce', 'negatives', visible, ['shared', 'own']);
  checkOneOf('infoNce', 'reduction', reduction, REDUCTIONS);
  return (views, into = {}) => {
    checkViews('infoNce', views);
    const { anchors, positives, negatives } = views;
    const seen = similarity === 'dot' ? asTheyAre : onTheSphere;
    const [a, p, n] = [seen(anchors), seen(positives), negatives && seen(negatives)];
    const gradients = viewGradients(views, into);
    const { value, terms, active } = kernels.infoNce(
      {
        anchors: a.rows,
        positives: p.rows,
        negatives: n?.rows,
        offsets: visible === 'own' ? offsetsOf('infoNce', views) : undefined,
        scale: 1 / temperature,
        bothWays: symmetric,
        masks: masksOf(views),
        dropped: knownCandidates(views),
        upstream: shareOf(reduction, anchors.rows),
      },
      gradients,
    );
    a.backward(gradients.anchors);
    p.backward(gradients.positives);
    if (gradients.negatives !== undefined) n?.backward(gradients.negatives);
    return { value, terms, active, gradients };
  };
}

/** Rows as a similarity sees them, and the chain rule from there back to the rows, in place. */
interface Seen {
  readonly rows: Matrix;
  backward(gradient: Matrix): void;
}

function asTheyAre(rows: Matrix): Seen {
  return { rows, backward: () => {} };
}

function onTheSphere(rows: Matrix): Seen {
  const normalized = kernels.normalize(rows);
  return {
    rows: normalized.unit,
    backward: (gradient) => void kernels.normalizeBackward(normalized, gradient, gradient),
  };
}

function masksOf({ ids, negativeIds, labels, negativeLabels }: Views): PairMask[] {
  return [
    ...(ids === undefined ? [] : [{ items: ids, negatives: negativeIds }]),
    ...(labels === undefined ? [] : [{ items: labels, negatives: negativeLabels }]),
  ];
}
