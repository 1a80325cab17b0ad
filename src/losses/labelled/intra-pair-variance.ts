import { checkNonNegative, checkOneOf } from '../../core/check.ts';
import { idLists, type IdLists, type Labelled, type LabelledGradients, listOf } from '../../core/batches.ts';
import { matrix, row, type Matrix } from '../../core/matrix.ts';
import { innerProduct } from '../../core/products.ts';
import { kernels } from '../../kernels/active.ts';
import type { ListedPairs } from '../../kernels/kernels.ts';
import { ACTIVE_REDUCTIONS, type ActiveReduction } from '../loss.ts';
import { promised, type PromisedLoss } from '../promised.ts';
import { checkLabelledAlone, pairsOf } from './labelled-pairs.ts';

export interface IntraPairVarianceOptions {
  /** How far below the mean of the positives' similarities, as a share of it, one costs nothing. @default 0.01 */
  readonly positiveSlack?: number;
  /** How far above the mean of the negatives' similarities, as a share of it, one costs nothing. @default 0.01 */
  readonly negativeSlack?: number;
  /** Of the positive pairs and of the negative pairs apart, the two added; 'active' over those above zero. @default 'mean' */
  readonly reduction?: ActiveReduction;
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
}: IntraPairVarianceOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkNonNegative('intraPairVariance', 'positiveSlack', positiveSlack);
  checkNonNegative('intraPairVariance', 'negativeSlack', negativeSlack);
  checkOneOf('intraPairVariance', 'reduction', reduction, ACTIVE_REDUCTIONS);
  const [nearer, farther] = [1 - positiveSlack, 1 + negativeSlack];
  return promised((batch, into) => {
    checkLabelledAlone('intraPairVariance', batch);
    const pairs = pairsOf('intraPairVariance', batch, { geometry: 'cosine', reduction });
    const normalized = kernels.normalize(batch.embeddings);
    const { positive, negative, backward } = pairs.listed
      ? meanListed(normalized.unit, pairs.listed)
      : meanSimilarities(normalized.unit, batch.labels);
    const gradient = into.embeddings ?? matrix(batch.embeddings.rows, batch.embeddings.cols);
    const pulls = new Float64Array(3 * gradient.rows);
    return {
      pairs: [
        pairs,
        { kind: 'squaredHinges', positiveBound: nearer * positive, negativeBound: farther * negative },
        { anchors: gradient, pulls },
      ],
      result({ value, terms, active }) {
        // where similarities are drawn to a bound, it is drawn to them
        const drawn = [0, 1].map((kind) =>
          pulls.reduce((sum, pull, e) => (e % 3 === kind ? sum - pull : sum), 0),
        );
        const ofMeans = kernels.normalizeBackward(
          normalized,
          backward(nearer * drawn[0], farther * drawn[1]),
        );
        const once = new Float64Array(gradient.rows).fill(1);
        kernels.blendRows(gradient, ofMeans, once, once, gradient);
        return { value, terms, active, gradients: { embeddings: gradient } };
      },
    };
  });
}

const NONE = idLists([]);

interface Means {
  readonly positive: number;
  readonly negative: number;
  /** of the rows, from the slopes along either mean */
  readonly backward: (alongPositive: number, alongNegative: number) => Matrix;
}

/** The mean inner product of listed positives and that of listed negatives, and their chain rule: of a kind there is none of, 0. */
function meanListed(rows: Matrix, { positives, negatives = NONE }: ListedPairs): Means {
  const kinds = [positives, negatives];
  const [positive, negative] = kinds.map((lists) => {
    let sum = 0;
    eachListed(lists, (i, j) => (sum += innerProduct(row(rows, i), row(rows, j))));
    return sum / Math.max(1, lists.ids.length);
  });
  return {
    positive,
    negative,
    backward(...along) {
      const gradient = matrix(rows.rows, rows.cols);
      kinds.forEach((lists, kind) => {
        const share = along[kind] / Math.max(1, lists.ids.length);
        eachListed(lists, (i, j) => {
          add(row(gradient, i), row(rows, j), share);
          add(row(gradient, j), row(rows, i), share);
        });
      });
      return gradient;
    },
  };
}

function add(to: Float32Array, x: Float32Array, factor: number): void {
  for (let k = 0; k < x.length; k++) to[k] += factor * x[k];
}

function eachListed(lists: IdLists, visit: (i: number, j: number) => void): void {
  for (let i = 0; i + 1 < lists.offsets.length; i++) for (const j of listOf(lists, i)) visit(i, j);
}

/** The mean inner product of two rows of one label and that of two rows of two, and their chain rule: of a kind there is none of, 0. */
function meanSimilarities(rows: Matrix, labels: Int32Array): Means {
  const { cols } = rows;
  const numbers = new Map([...new Set(labels)].map((label, c) => [label, c]));
  const classOf = labels.map((label) => numbers.get(label) ?? 0);
  // Σ over pairs of a class is |Σ over its rows|² less the squares of the rows
  const sizes = new Float64Array(numbers.size);
  const ofClass = new Float64Array(numbers.size * cols);
  const ofAll = new Float64Array(cols);
  let squares = 0;
  classOf.forEach((c, i) => {
    sizes[c]++;
    const x = row(rows, i);
    for (let k = 0; k < cols; k++) {
      ofClass[c * cols + k] += x[k];
      ofAll[k] += x[k];
      squares += x[k] * x[k];
    }
  });
  const ofOne = sizes.reduce((sum, size) => sum + size * (size - 1), 0);
  const ofTwo = labels.length * (labels.length - 1) - ofOne;
  const [sumOfOne, sumOfAll] = [ofClass, ofAll].map((sums) => sums.reduce((sum, x) => sum + x * x, -squares));
  return {
    positive: ofOne === 0 ? 0 : sumOfOne / ofOne,
    negative: ofTwo === 0 ? 0 : (sumOfAll - sumOfOne) / ofTwo,
    backward(alongPositive, alongNegative) {
      const [near, far] = [ofOne === 0 ? 0 : alongPositive / ofOne, ofTwo === 0 ? 0 : alongNegative / ofTwo];
      const gradient = matrix(rows.rows, cols);
      classOf.forEach((c, i) => {
        const [x, to] = [row(rows, i), row(gradient, i)];
        for (let k = 0; k < cols; k++) {
          const same = ofClass[c * cols + k];
          to[k] = 2 * (near * (same - x[k]) + far * (ofAll[k] - same));
        }
      });
      return gradient;
    },
  };
}
