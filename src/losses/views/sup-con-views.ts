import type { LabelledGradients } from '../../core/batches.ts';
import { checkEqual, checkOneOf, checkPositive, checkWhole, refuse } from '../../core/check.ts';
import { matrix, type Matrix, rowsBetween } from '../../core/matrix.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import { REDUCTIONS, shareOf, type Reduction } from '../loss.ts';
import { promised, type PromisedLoss } from '../promised.ts';

/** Several views of each item, view by view. */
export interface MultiViews {
  /** views · items × dim: the first view of every item, then the second of every item … */
  readonly embeddings: Matrix;
  /** how many each item has */
  readonly views: number;
  /** items; without them an item has no positives but its own views */
  readonly labels?: Int32Array;
}

export interface SupConViewsOptions {
  /** What similarities are divided by. @default 0.07 */
  readonly temperature?: number;
  /** The terms are multiplied by temperature / this, so that slopes do not grow as it falls. @default the temperature */
  readonly baseTemperature?: number;
  /** Whether every view is an anchor, or each item's first alone: the others then only stand against it. @default 'all' */
  readonly anchors?: 'all' | 'first';
  /** Of unit rows (then gradients go through the normalization) or of the rows as they are. @default 'cosine' */
  readonly similarity?: 'cosine' | 'dot';
  /** @default 'mean' over all anchors, those without a positive included */
  readonly reduction?: Reduction;
}

/**
 * -τ/τ_base 1/|P(i)| Σ_{p in P(i)} log( exp(s_ip / τ) / Σ_{a ≠ i} exp(s_ia / τ) ), one term an anchor: P(i) are the other views
 * of its item and all views of its label, and the sum is over all views of all items but itself. Without labels it is NT-Xent of any
 * number of views.
 *
 * At least 0 up to the log of the number of positives. An anchor without a positive, which takes a single view, has the term 0 and counts
 * in the mean, as in the authors' code and unlike in `supCon`. A zero row has similarity 0 to everything and, by cosine, no gradient.
 *
 * @throws RangeError if a temperature is not a finite number > 0, an option is none of its names, views does not divide the
 *   rows, labels do not match the items, or an entry is not finite
 * @see Khosla et al., "Supervised contrastive learning", 2020, eq. 2, and HobbitLong/SupContrast, whose contrast_mode 'one' is
 *   `anchors: 'first'` and which takes the rows as they are
 */
export function supConViews({
  temperature = 0.07,
  baseTemperature = temperature,
  anchors: which = 'all',
  similarity = 'cosine',
  reduction = 'mean',
}: SupConViewsOptions = {}): PromisedLoss<MultiViews, LabelledGradients> {
  checkPositive('supConViews', 'temperature', temperature);
  checkPositive('supConViews', 'baseTemperature', baseTemperature);
  checkOneOf('supConViews', 'anchors', which, ['all', 'first']);
  checkOneOf('supConViews', 'similarity', similarity, ['cosine', 'dot']);
  checkOneOf('supConViews', 'reduction', reduction, REDUCTIONS);
  return promised(({ embeddings, views, labels }, into) => {
    checkWhole('supConViews', 'views', views, 1);
    const items = embeddings.rows / views;
    if (!Number.isInteger(items)) {
      refuse('supConViews', `embeddings.rows must be a multiple of views, ${views}`, embeddings.rows);
    }
    if (labels !== undefined) checkEqual('supConViews', 'labels.length', labels.length, items);
    checkFiniteRows('supConViews', 'embeddings', embeddings);
    const classes = Int32Array.from({ length: embeddings.rows }, (_, r) => labels?.[r % items] ?? r % items);
    const gradient = into.embeddings ?? matrix(embeddings.rows, embeddings.cols);
    const count = which === 'all' ? embeddings.rows : items;
    const [anchors, others] = cut(embeddings, count);
    const [dAnchors, dOthers] = cut(gradient, count);
    const factor = temperature / baseTemperature;
    const share = factor * shareOf(reduction, count);
    return {
      pairs: [
        {
          anchors,
          others,
          classes: { items: classes.subarray(0, count), others: classes.subarray(count) },
          geometry: similarity,
          scale: 1 / temperature,
          masks: [],
          bothWays: false,
          reduction: 'sum',
        },
        { kind: 'softmax' },
        { anchors: dAnchors, others: dOthers },
      ],
      result({ value, terms, active }) {
        for (let e = 0; e < gradient.data.length; e++) gradient.data[e] *= share;
        return {
          value: share * value,
          terms: terms.map((term) => factor * term),
          active,
          gradients: { embeddings: gradient },
        };
      },
    };
  });
}

/** Two views: the first so many rows, and the rest. */
function cut(m: Matrix, count: number): [Matrix, Matrix] {
  return [rowsBetween(m, 0, count), rowsBetween(m, count, m.rows)];
}
