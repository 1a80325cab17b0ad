import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkNonNegative, checkOneOf } from '../../core/check.ts';
import type { Loss } from '../loss.ts';
import { ANCHOR_REDUCTIONS, checkLabelledAlone, pairShare, type AnchorReduction } from './anchor-loss.ts';
import { overAnchors, type Anchor } from './anchor-rows.ts';
import { minedRelatives } from './mined.ts';

export interface IntraPairVarianceOptions {
  /** How far below the mean of the positives' similarities, as a share of it, one costs nothing. @default 0.01 */
  readonly positiveSlack?: number;
  /** How far above the mean of the negatives' similarities, as a share of it, one costs nothing. @default 0.01 */
  readonly negativeSlack?: number;
  /** Of the positive pairs and of the negative pairs apart, the two added; 'active' over those above zero. @default 'mean' */
  readonly reduction?: AnchorReduction;
}

/**
 * max(0, (1 - ε_p) μ_p - s_ij)² of each pair of one label and max(0, s_ij - (1 + ε_n) μ_n)² of each pair of two, in both orders: s is
 * the cosine, and μ the mean over the pairs of a kind, which has its part in the gradient.
 *
 * At least 0; of a kind of pair there is none of, 0. Added to another loss it keeps pairs of a kind together. `terms` are summed by anchor.
 * A pair that was mined twice counts once (in pytorch-metric-learning twice).
 *
 * @throws RangeError if a slack is not a finite number >= 0, reduction is none of its names, labels do not match the rows, or an entry is
 *   not finite
 * @see Yu and Tao, "Deep metric learning with tuplet margin loss", 2019, eq. 9 and 10
 */
export function intraPairVariance({
  positiveSlack = 0.01,
  negativeSlack = 0.01,
  reduction = 'mean',
}: IntraPairVarianceOptions = {}): Loss<Labelled, LabelledGradients> {
  checkNonNegative('intraPairVariance', 'positiveSlack', positiveSlack);
  checkNonNegative('intraPairVariance', 'negativeSlack', negativeSlack);
  checkOneOf('intraPairVariance', 'reduction', reduction, ANCHOR_REDUCTIONS);
  const kinds = [
    { side: 1, ratio: 1 - positiveSlack, rowsOf: ({ positives }: Anchor) => positives },
    { side: -1, ratio: 1 + negativeSlack, rowsOf: ({ negatives }: Anchor) => negatives },
  ] as const;
  return (batch, into = {}) => {
    checkLabelledAlone('intraPairVariance', batch);
    const rows = { ...batch, mined: minedRelatives('intraPairVariance', batch) };
    const found = kinds.map((kind) => ({
      ...kind,
      counted: 0,
      mean: 0,
      excess: 0,
      sum: 0,
      active: 0,
      share: 0,
    }));
    overAnchors(rows, 'cosine', (anchor) => {
      for (const kind of found) {
        for (const j of kind.rowsOf(anchor)) kind.mean += anchor.x[j];
        kind.counted += kind.rowsOf(anchor).length;
      }
    });
    for (const kind of found) kind.mean /= Math.max(1, kind.counted);
    const excessOf = ({ side, ratio, mean }: (typeof found)[number], s: number): number =>
      Math.max(0, side * (ratio * mean - s));
    const terms = new Float32Array(batch.embeddings.rows);
    overAnchors(rows, 'cosine', (anchor) => {
      let term = 0;
      for (const kind of found) {
        for (const j of kind.rowsOf(anchor)) {
          const excess = excessOf(kind, anchor.x[j]);
          kind.excess += excess;
          term += excess ** 2;
          kind.sum += excess ** 2;
          if (excess > 0) kind.active++;
        }
      }
      terms[anchor.row] = term;
    });
    for (const kind of found) kind.share = pairShare(reduction, kind.counted, kind.active);
    const gradient = overAnchors(rows, 'cosine', (anchor) => {
      for (const kind of found) {
        // of the mean each pair has the same part
        const mean = (kind.ratio * kind.excess) / kind.counted;
        for (const j of kind.rowsOf(anchor)) {
          anchor.slopes[j] = 2 * kind.share * kind.side * (mean - excessOf(kind, anchor.x[j]));
        }
      }
    });
    return {
      value: found.reduce((value, { share, sum }) => value + share * sum, 0),
      terms,
      active: found.reduce((all, { active }) => all + active, 0),
      gradients: { embeddings: gradient(1, into.embeddings) },
    };
  };
}
