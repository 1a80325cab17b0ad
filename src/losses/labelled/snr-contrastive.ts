import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkFinite, checkOneOf } from '../../core/check.ts';
import { matrix, row, type Matrix } from '../../core/matrix.ts';
import { kernels } from '../../kernels/active.ts';
import { ACTIVE_REDUCTIONS, type ActiveReduction } from '../loss.ts';
import { promised, type PromisedLoss } from '../promised.ts';
import { checkLabelledAlone, pairsOf } from './labelled-pairs.ts';

/** Slopes along the distances of an anchor with a smaller square would leave float32. */
const LEAST = 1e-30;

export interface SnrContrastiveOptions {
  /** Up to what distance a positive costs nothing. @default 0 */
  readonly positiveMargin?: number;
  /** From what distance on a negative costs nothing. @default 1 */
  readonly negativeMargin?: number;
  /** Whether rows are first brought to unit length (pytorch-metric-learning), or taken as they are (the paper). @default true */
  readonly normalized?: boolean;
  /** Of the positive pairs and of the negative pairs apart, the two added; 'active' over those above zero (pytorch-metric-learning). @default 'active' */
  readonly reduction?: ActiveReduction;
}

/**
 * max(0, d_ij - m_p) of each pair of one label and max(0, m_n - d_ij) of each pair of two, in both orders, with the noise to signal ratio
 * d_ij = var(x_i - x_j) / var(x_i) for a distance: variances are over a row's entries, and i is the anchor.
 *
 * At least 0; of a kind of pair there is none of, 0. At the hinge itself the slope is 0. An anchor whose entries are all equal, or 1e-15
 * apart, has no signal, and no pairs. `terms` are summed by anchor. A pair that was mined twice counts once (in pytorch-metric-learning
 * twice).
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
}: SnrContrastiveOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkFinite('snrContrastive', 'positiveMargin', positiveMargin);
  checkFinite('snrContrastive', 'negativeMargin', negativeMargin);
  checkOneOf('snrContrastive', 'reduction', reduction, ACTIVE_REDUCTIONS);
  return promised((batch, into) => {
    checkLabelledAlone('snrContrastive', batch);
    const unit = normalized ? kernels.normalize(batch.embeddings) : undefined;
    // entries less their mean: the variance is the square of what is left, over the same number in both
    const signals = centered(unit?.unit ?? batch.embeddings);
    const { rows, cols } = signals;
    const powers = kernels.rowProducts(signals, signals).xx.map((power) => (power < LEAST ? 0 : power));
    const gradient = into.embeddings ?? matrix(rows, cols);
    const pulls = new Float64Array(3 * rows);
    return {
      pairs: [
        pairsOf(
          'snrContrastive',
          { ...batch, embeddings: signals },
          { geometry: 'squaredEuclidean', reduction },
        ),
        { kind: 'signalToNoise', positiveMargin, negativeMargin, powers },
        { anchors: gradient, pulls },
      ],
      result({ value, terms, active }) {
        // a power stands under all distances of its anchor
        const ofPowers = powers.map((power, i) => (power === 0 ? 0 : -pulls[3 * i + 2] / power));
        const [once, twice] = [powers.map(() => 1), ofPowers.map((slope) => 2 * slope)];
        kernels.blendRows(gradient, signals, once, twice, gradient);
        centered(gradient, gradient);
        if (unit !== undefined) kernels.normalizeBackward(unit, gradient, gradient);
        return { value, terms, active, gradients: { embeddings: gradient } };
      },
    };
  });
}

/** Each row less the mean of its entries, which is also its own chain rule. */
function centered(rows: Matrix, out = matrix(rows.rows, rows.cols)): Matrix {
  for (let i = 0; i < rows.rows; i++) {
    const [from, to] = [row(rows, i), row(out, i)];
    let mean = 0;
    for (let k = 0; k < from.length; k++) mean += from[k] / rows.cols;
    for (let k = 0; k < from.length; k++) to[k] = from[k] - mean;
  }
  return out;
}
