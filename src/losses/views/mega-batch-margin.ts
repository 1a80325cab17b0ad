import { idLists, type IdLists, type ViewGradients, type Views } from '../../core/batches.ts';
import { checkFinite, checkOneOf } from '../../core/check.ts';
import { matrix, row, stack } from '../../core/matrix.ts';
import { knownCandidates, viewGradients } from '../../core/views.ts';
import { cosine } from '../../distances/cosine.ts';
import { kernels } from '../../kernels/active.ts';
import { checkViews } from '../../kernels/check-views.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';

export interface MegaBatchMarginOptions {
  /** The cosine above which a positive is near enough. @default 0.8 */
  readonly positiveMargin?: number;
  /** The cosine below which a negative is far enough. @default 0.3 */
  readonly negativeMargin?: number;
  /** @default 'mean' over the anchors */
  readonly reduction?: Reduction;
}

/**
 * max(0, m_p - s_ii) + max(0, max_j s_ij - m_n) of cosines s, one term an anchor: its positive, and the most similar of all
 * other positives and all negatives. Items of equal `ids` or `labels` are not among these, nor what is `known` to be right.
 *
 * At least 0. Of several that are most similar the first is taken; at a hinge itself the slope is 0. An anchor that has no
 * negative has its positive alone. A zero row has similarity 0 to everything and no gradient.
 *
 * @throws RangeError if a margin is not finite, reduction is none of its names, or the views' shapes do not fit one another
 * @see Wieting and Gimpel, "ParaNMT-50M", 2018, and sentence-transformers' MegaBatchMarginLoss
 */
export function megaBatchMargin({
  positiveMargin = 0.8,
  negativeMargin = 0.3,
  reduction = 'mean',
}: MegaBatchMarginOptions = {}): Loss<Views, ViewGradients> {
  checkFinite('megaBatchMargin', 'positiveMargin', positiveMargin);
  checkFinite('megaBatchMargin', 'negativeMargin', negativeMargin);
  checkOneOf('megaBatchMargin', 'reduction', reduction, REDUCTIONS);
  return (views, into = {}) => {
    checkViews('megaBatchMargin', views);
    const { anchors, positives, negatives = matrix(0, anchors.cols) } = views;
    const gradients = viewGradients(views, into);
    const { anchors: dAnchors, positives: dPositives, negatives: dNegatives } = gradients;
    for (const slopes of [dAnchors, dPositives, dNegatives]) slopes?.data.fill(0);
    const nearest = nearestNegatives(views);
    const share = shareOf(reduction, anchors.rows);
    const terms = new Float32Array(anchors.rows);
    let [sum, active] = [0, 0];
    for (let i = 0; i < anchors.rows; i++) {
      const [a, da] = [row(anchors, i), row(dAnchors, i)];
      const [p, dp] = [row(positives, i), row(dPositives, i)];
      const apart = Math.max(0, positiveMargin - cosine.score(a, p));
      if (apart > 0) cosine.backward(a, p, share, da, dp);
      let close = 0;
      const j = nearest[i];
      if (j >= 0) {
        const other = j < anchors.rows ? row(positives, j) : row(negatives, j - anchors.rows);
        const dOther = j < anchors.rows ? row(dPositives, j) : row(dNegatives ?? negatives, j - anchors.rows);
        close = Math.max(0, cosine.score(a, other) - negativeMargin);
        if (close > 0) cosine.backward(a, other, -share, da, dOther);
      }
      terms[i] = apart + close;
      sum += apart + close;
      if (terms[i] > 0) active++;
    }
    return { value: share * sum, terms, active, gradients };
  };
}

/** The most similar candidate of each anchor that counts, positives before negatives; -1 where there is none. */
function nearestNegatives(views: Views): Int32Array {
  const { anchors, positives, negatives = matrix(0, anchors.cols), labels, negativeLabels } = views;
  const rows = stack(positives, negatives);
  const { rows: best, found } = kernels.topK(
    anchors,
    {
      rows,
      ids: Uint32Array.from({ length: rows.rows }, (_, j) => j),
      classes: labels && candidateLabels(labels, negativeLabels, negatives.rows),
    },
    1,
    { similarity: 'cosine', exclude: { queryClass: labels, perQuery: ownCandidates(views) } },
  );
  return Int32Array.from(best, (j, i) => (found[i] === 0 ? -1 : j));
}

/** Every candidate's label; one that no anchor has where a negative has none. */
function candidateLabels(labels: Int32Array, others: Int32Array | undefined, count: number): Int32Array {
  let unused = 0;
  for (const taken = new Set(labels); taken.has(unused); unused++);
  return Int32Array.of(...labels, ...(others ?? new Int32Array(count).fill(unused)));
}

/** What is no negative of each anchor by its id, its own positive first of all, or by what is known. */
function ownCandidates({ anchors, ids, negativeIds, known, ...views }: Views): IdLists | undefined {
  const named = ids ?? Uint32Array.from({ length: anchors.rows }, (_, i) => i);
  const right = Array.from(named, (id, i) => [
    id,
    ...(known?.ids.subarray(known.offsets[i], known.offsets[i + 1]) ?? []),
  ]);
  return knownCandidates({
    ...views,
    anchors,
    ids: named,
    negativeIds: ids === undefined ? undefined : negativeIds,
    known: idLists(right),
  });
}
