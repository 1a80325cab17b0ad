import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkOneOf } from '../../core/check.ts';
import { gather, matrix, row } from '../../core/matrix.ts';
import type { PairGeometry } from '../../kernels/kernels.ts';
import { farther } from '../../kernels/pair-geometry.ts';
import { ACTIVE_REDUCTIONS, type ActiveReduction } from '../loss.ts';
import { promised, type PromisedLoss } from '../promised.ts';
import { checkLabelledAlone, GEOMETRIES } from './labelled-pairs.ts';

export interface NPairsOptions {
  /** Of similarities s, or of distances with s = -d; 'chord' is the euclidean distance of unit rows. @default 'dot' */
  readonly geometry?: PairGeometry;
  /** 'active' is over terms above zero. @default 'mean' over the labels that have two rows */
  readonly reduction?: ActiveReduction;
}

/**
 * log(1 + Σ_{j ≠ i} exp(s(a_i, p_j) - s(a_i, p_i))), one term a label: a_i and p_i are the first two rows of label i; other rows are of
 * no account.
 *
 * At least 0; 0 where there is one label only. A label of one row has no term. Of mined pairs a_i and p_i are the first positive one whose
 * anchor is of label i, and the negative ones are of no account, as in pytorch-metric-learning. `terms` are in the order in which labels first stand in
 * the batch. The paper adds the mean square of the rows. (pytorch-metric-learning before 3.0 takes unit rows: that is 'cosine'.)
 *
 * @throws RangeError if an option is none of its names, labels do not match the rows, or an entry is not finite
 * @see Sohn, "Improved deep metric learning with multi-class N-pair loss objective", 2016, eq. 8
 */
export function nPairs({ geometry = 'dot', reduction = 'mean' }: NPairsOptions = {}): PromisedLoss<
  Labelled,
  LabelledGradients
> {
  checkOneOf('nPairs', 'geometry', geometry, GEOMETRIES);
  checkOneOf('nPairs', 'reduction', reduction, ACTIVE_REDUCTIONS);
  return promised((batch, into) => {
    checkLabelledAlone('nPairs', batch);
    const { embeddings } = batch;
    const chosen = firstPairs(batch);
    const [anchors, positives] = chosen.map((rows) => gather(embeddings, rows));
    const slopes = {
      anchors: matrix(anchors.rows, anchors.cols),
      positives: matrix(anchors.rows, anchors.cols),
    };
    return {
      pairs: [
        { anchors, positives, geometry, scale: -farther(geometry), bothWays: false, masks: [], reduction },
        { kind: 'softmax' },
        slopes,
      ],
      result({ value, terms, active }) {
        const gradient = into.embeddings ?? matrix(embeddings.rows, embeddings.cols);
        gradient.data.fill(0);
        // of mined pairs several may have a row in common
        for (const [rows, from] of [
          [chosen[0], slopes.anchors],
          [chosen[1], slopes.positives],
        ] as const) {
          rows.forEach((number, i) => {
            const to = row(gradient, number);
            row(from, i).forEach((slope, k) => (to[k] += slope));
          });
        }
        return { value, terms, active, gradients: { embeddings: gradient } };
      },
    };
  });
}

type Pairs = readonly [anchors: readonly number[], positives: readonly number[]];

/** Of each label the first pair that was mined for a row of it, or its first two rows. */
function firstPairs({ labels, triplets, pairs }: Labelled): Pairs {
  const mined = triplets ? { anchors: triplets.anchors, others: triplets.positives } : pairs?.positives;
  if (mined === undefined) return firstTwo(labels);
  const first = new Map<number, number>();
  mined.anchors.forEach((a, t) => {
    if (!first.has(labels[a])) first.set(labels[a], t);
  });
  const chosen = [...first.values()];
  return [chosen.map((t) => mined.anchors[t]), chosen.map((t) => mined.others[t])];
}

/** The first and the second row of each label that has two. */
function firstTwo(labels: Int32Array): Pairs {
  const rows = new Map<number, number[]>();
  labels.forEach((label, i) => {
    const found = rows.get(label);
    if (found === undefined) rows.set(label, [i]);
    else if (found.length < 2) found.push(i);
  });
  const pairs = [...rows.values()].filter(({ length }) => length === 2);
  return [pairs.map(([anchor]) => anchor), pairs.map(([, positive]) => positive)];
}
