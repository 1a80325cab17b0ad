import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkFinite, checkOneOf } from '../../core/check.ts';
import { matrix, row, type Matrix } from '../../core/matrix.ts';
import { kernels } from '../../kernels/active.ts';
import type { Loss } from '../loss.ts';
import { ANCHOR_REDUCTIONS, checkLabelledAlone, pairShare, type AnchorReduction } from './anchor-loss.ts';
import { overAnchors, type Anchor } from './anchor-rows.ts';
import { minedRelatives } from './mined.ts';

export interface SnrContrastiveOptions {
  /** Up to what distance a positive costs nothing. @default 0 */
  readonly positiveMargin?: number;
  /** From what distance on a negative costs nothing. @default 1 */
  readonly negativeMargin?: number;
  /** Whether rows are first brought to unit length (pytorch-metric-learning), or taken as they are (the paper). @default true */
  readonly normalized?: boolean;
  /** Of the positive pairs and of the negative pairs apart, the two added; 'active' over those above zero (pytorch-metric-learning). @default 'active' */
  readonly reduction?: AnchorReduction;
}

/**
 * max(0, d_ij - m_p) of each pair of one label and max(0, m_n - d_ij) of each pair of two, in both orders, with the noise to signal ratio
 * d_ij = var(x_i - x_j) / var(x_i) for a distance: variances are over a row's entries, and i is the anchor.
 *
 * At least 0; of a kind of pair there is none of, 0. At the hinge itself the slope is 0. An anchor whose entries are all equal has no
 * signal, and no pairs. `terms` are summed by anchor. A pair that was mined twice counts once (in pytorch-metric-learning twice).
 *
 * @throws RangeError if a margin is not finite, an option is none of its names, labels do not match the rows, or an entry is not finite
 * @see Yuan et al., "Signal-to-noise ratio: a robust distance metric for deep metric learning", 2019, eq. 6 and 10 (which also draws
 *   the mean of each row to 0)
 */
export function snrContrastive({
  positiveMargin = 0,
  negativeMargin = 1,
  normalized = true,
  reduction = 'active',
}: SnrContrastiveOptions = {}): Loss<Labelled, LabelledGradients> {
  checkFinite('snrContrastive', 'positiveMargin', positiveMargin);
  checkFinite('snrContrastive', 'negativeMargin', negativeMargin);
  checkOneOf('snrContrastive', 'reduction', reduction, ANCHOR_REDUCTIONS);
  return (batch, into = {}) => {
    checkLabelledAlone('snrContrastive', batch);
    const { embeddings, labels } = batch;
    const unit = normalized ? kernels.normalize(embeddings) : undefined;
    // entries less their mean: the variance is the square of what is left, over the same number in both
    const signals = {
      embeddings: centered(unit?.unit ?? embeddings),
      labels,
      mined: minedRelatives('snrContrastive', batch),
    };
    const powers = Float64Array.from({ length: embeddings.rows }, (_, i) =>
      squareOf(row(signals.embeddings, i)),
    );
    const terms = new Float32Array(embeddings.rows);
    const [sums, counted, active] = [
      [0, 0],
      [0, 0],
      [0, 0],
    ];
    /** Calls `found` with each pair whose hinge is above zero, its kind and by how much. */
    const eachPair = (
      { row: i, x, positives, negatives }: Anchor,
      found: (kind: 0 | 1, j: number, excess: number) => void,
    ): void => {
      if (powers[i] === 0) return;
      for (const p of positives) found(0, p, x[p] / powers[i] - positiveMargin);
      for (const n of negatives) found(1, n, negativeMargin - x[n] / powers[i]);
    };
    overAnchors(signals, 'squaredEuclidean', (anchor) => {
      let term = 0;
      eachPair(anchor, (kind, _, excess) => {
        counted[kind]++;
        if (excess <= 0) return;
        active[kind]++;
        sums[kind] += excess;
        term += excess;
      });
      terms[anchor.row] = term;
    });
    const shares = [0, 1].map((kind) => pairShare(reduction, counted[kind], active[kind]));
    const ofPowers = new Float64Array(embeddings.rows);
    const gradient = overAnchors(signals, 'squaredEuclidean', (anchor) => {
      const { row: i, x, slopes } = anchor;
      eachPair(anchor, (kind, j, excess) => {
        if (excess <= 0) return;
        const slope = kind === 0 ? shares[0] : -shares[1];
        slopes[j] = slope / powers[i];
        ofPowers[i] -= (slope * x[j]) / powers[i] ** 2;
      });
    })(1, into.embeddings);
    ofPowers.forEach((slope, i) => {
      const [to, signal] = [row(gradient, i), row(signals.embeddings, i)];
      for (let k = 0; k < to.length; k++) to[k] += 2 * slope * signal[k];
    });
    centered(gradient, gradient);
    if (unit !== undefined) kernels.normalizeBackward(unit, gradient, gradient);
    return {
      value: shares[0] * sums[0] + shares[1] * sums[1],
      terms,
      active: active[0] + active[1],
      gradients: { embeddings: gradient },
    };
  };
}

/** Each row less the mean of its entries, which is also its own chain rule. */
function centered(rows: Matrix, out = matrix(rows.rows, rows.cols)): Matrix {
  for (let i = 0; i < rows.rows; i++) {
    const [from, to] = [row(rows, i), row(out, i)];
    const mean = from.reduce((sum, value) => sum + value, 0) / rows.cols;
    for (let k = 0; k < from.length; k++) to[k] = from[k] - mean;
  }
  return out;
}

function squareOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
