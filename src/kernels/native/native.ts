import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { checkWhole } from '../../core/check.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';
import type {
  Corpus,
  Elementwise,
  ElementwiseKind,
  ElementwiseResult,
  Kernels,
  LossTerms,
  PairGradients,
  PairSoftmax,
  Similarity,
  SoftmaxCrossEntropy,
  TopK,
  TopKOptions,
} from '../kernels.ts';
import { plain } from '../plain/plain.ts';
import { addonFrom, type Calls } from './addon.ts';

/**
 * The kernels in C++, with `NEARMISS_THREADS` threads or as many as the process may use; those there are not in C++
 * yet are the plain ones. undefined where the addon was not built.
 *
 * @throws RangeError if NEARMISS_THREADS is not a whole number >= 1
 */
export function native(): Kernels | undefined {
  const addon = addonFrom(createRequire(import.meta.url));
  if (addon === undefined) return undefined;
  const asked = process.env.NEARMISS_THREADS;
  const threads = asked === undefined ? availableParallelism() : Number(asked);
  checkWhole('NEARMISS_THREADS', 'the number of threads', threads, 1);
  addon.useThreads(threads);

  const { now, later } = addon;
  const products = {
    times: both(now.product, later.product, (a: Matrix, b: Matrix, out?: Matrix) =>
      product(a, true, b, false, out),
    ),
    timesTransposed: both(now.product, later.product, (a: Matrix, b: Matrix, out?: Matrix) =>
      product(a, true, b, true, out),
    ),
    transposedTimes: both(now.product, later.product, (a: Matrix, b: Matrix, out?: Matrix) =>
      product(a, false, b, false, out),
    ),
  };
  const softmax = both(now.softmaxCrossEntropy, later.softmaxCrossEntropy, softmaxCrossEntropy);
  const logs = both(now.logSoftmax, later.logSoftmax, logSoftmax);
  const logsBack = both(now.logSoftmaxBackward, later.logSoftmaxBackward, logSoftmaxBackward);
  const entries = both(now.elementwise, later.elementwise, elementwise);
  const bounds = both(now.firstOutside, later.firstOutside, firstOutside);
  const pairs = both(now.infoNce, later.infoNce, infoNce);
  const search = both(now.topK, later.topK, topK);

  return {
    ...plain,
    name: `native (${addon.instructionSet()}, ${threads} threads)`,
    pace: 3e9,
    times: products.times.now,
    timesTransposed: products.timesTransposed.now,
    transposedTimes: products.transposedTimes.now,
    softmaxCrossEntropy: softmax.now,
    logSoftmax: logs.now,
    logSoftmaxBackward: logsBack.now,
    elementwise: entries.now,
    firstOutside: bounds.now,
    infoNce: pairs.now,
    topK: search.now,
    later: {
      times: products.times.later,
      timesTransposed: products.timesTransposed.later,
      transposedTimes: products.transposedTimes.later,
      softmaxCrossEntropy: softmax.later,
      logSoftmax: logs.later,
      logSoftmaxBackward: logsBack.later,
      elementwise: entries.later,
      firstOutside: bounds.later,
      infoNce: pairs.later,
      topK: search.later,
    },
    normalize(x) {
      const [unit, norms] = [matrix(x.rows, x.cols), new Float64Array(x.rows)];
      now.normalize(x.data, x.rows, x.cols, unit.data, norms);
      return { unit, norms };
    },
    normalizeBackward({ unit, norms }, upstream, out = matrix(unit.rows, unit.cols)) {
      now.normalizeBackward(unit.data, norms, upstream.data, unit.rows, unit.cols, out.data);
      return out;
    },
    adamW(parameter, gradient, { mean, square }, { rate, beta1, beta2, epsilon, decay, step }) {
      const filled = [1 - beta1 ** step, 1 - beta2 ** step] as const;
      now.adamW(
        parameter.data,
        gradient.data,
        mean.data,
        square.data,
        parameter.data.length,
        rate,
        beta1,
        beta2,
        epsilon,
        decay,
        ...filled,
      );
    },
  };
}

/** What a kernel is called with, and what it has then put where. */
interface Handed<Given, Result> {
  readonly given: Given;
  result(): Result;
}

/** A kernel, and the same as a promise. */
function both<Input extends readonly unknown[], Given extends readonly unknown[], Result>(
  now: (...given: Given) => void,
  later: (...given: Given) => Promise<void>,
  handed: (...input: Input) => Handed<Given, Result>,
): { now: (...input: Input) => Result; later: (...input: Input) => Promise<Result> } {
  return {
    now(...input) {
      const { given, result } = handed(...input);
      now(...given);
      return result();
    },
    async later(...input) {
      const { given, result } = handed(...input);
      await later(...given);
      return result();
    },
  };
}

type Called<Name extends keyof Calls, Result> = Handed<Parameters<Calls[Name]>, Result>;

function product(
  a: Matrix,
  aByRows: boolean,
  b: Matrix,
  bByRows: boolean,
  out?: Matrix,
): Called<'product', Matrix> {
  const [rows, depth] = aByRows ? [a.rows, a.cols] : [a.cols, a.rows];
  const cols = bByRows ? b.rows : b.cols;
  const into = out ?? matrix(rows, cols);
  return {
    given: [a.data, rows, depth, Number(aByRows), b.data, cols, depth, Number(bByRows), into.data],
    result: () => into,
  };
}

function softmaxCrossEntropy(
  { logits, labels, ignored, targets, weights, smoothing, upstream }: SoftmaxCrossEntropy,
  gradient: Matrix,
): Called<'softmaxCrossEntropy', LossTerms> {
  const terms = new Float32Array(logits.rows);
  const sum = new Float64Array(1);
  return {
    given: [
      logits.data,
      logits.rows,
      logits.cols,
      labels ?? null,
      ignored ?? 0,
      targets?.data ?? null,
      weights ?? null,
      smoothing,
      upstream,
      gradient.data,
      terms,
      sum,
    ],
    result: () => ({ value: upstream * sum[0], terms, active: countActive(terms) }),
  };
}

function logSoftmax(x: Matrix, out = matrix(x.rows, x.cols)): Called<'logSoftmax', Matrix> {
  return { given: [x.data, x.rows, x.cols, out.data], result: () => out };
}

function logSoftmaxBackward(
  value: Matrix,
  upstream: Matrix,
  out = matrix(value.rows, value.cols),
): Called<'logSoftmaxBackward', Matrix> {
  return { given: [value.data, upstream.data, value.rows, value.cols, out.data], result: () => out };
}

function elementwise(
  { kind, predictions, targets, weights, positiveWeights, parameter, upstream, listed }: Elementwise,
  gradient: Matrix,
): Called<'elementwise', ElementwiseResult> {
  const terms = listed ? new Float32Array(predictions.data.length) : undefined;
  const sums = new Float64Array(2);
  return {
    given: [
      ELEMENTWISE.indexOf(kind),
      predictions.data,
      targets.data,
      weights?.data ?? null,
      positiveWeights ?? null,
      predictions.rows,
      predictions.cols,
      parameter,
      upstream,
      gradient.data,
      terms ?? null,
      sums,
    ],
    result() {
      const [sum, active] = sums;
      return { value: upstream * sum, terms, active };
    },
  };
}

/** In the order of the addon's enumeration. */
const ELEMENTWISE: readonly ElementwiseKind[] = [
  'squared',
  'absolute',
  'huber',
  'smoothL1',
  'logCosh',
  'quantile',
  'binaryCrossEntropy',
];

function firstOutside(x: Matrix, least: number, most: number): Called<'firstOutside', number> {
  const found = new Float64Array(1);
  return { given: [x.data, x.data.length, least, most, found], result: () => found[0] };
}

function infoNce(
  input: PairSoftmax,
  gradients: PairGradients,
): Called<'infoNce', LossTerms & { readonly scale: number }> {
  const { anchors, positives, negatives, offsets, masks } = input;
  const terms = new Float32Array(anchors.rows);
  const [items, labels] = masks.map((mask) => ({
    items: Int32Array.from(mask.items),
    negatives: mask.negatives && Int32Array.from(mask.negatives),
  }));
  const sums = new Float64Array(2);
  return {
    given: [
      anchors.data,
      positives.data,
      negatives?.data ?? null,
      anchors.rows,
      anchors.cols,
      negatives?.rows ?? 0,
      offsets ?? null,
      input.scale,
      input.upstream,
      Number(input.bothWays),
      input.dropped?.offsets ?? null,
      // an empty array has no address, and none would mean that there are no lists
      input.dropped?.ids.length ? input.dropped.ids : null,
      masks.length,
      items?.items ?? null,
      items?.negatives ?? null,
      labels?.items ?? null,
      labels?.negatives ?? null,
      gradients.anchors.data,
      gradients.positives.data,
      gradients.negatives?.data ?? null,
      terms,
      sums,
    ],
    result() {
      const [sum, scale] = sums;
      return { value: input.upstream * sum, terms, active: countActive(terms), scale };
    },
  };
}

function topK(
  queries: Matrix,
  { rows, ids, classes }: Corpus,
  k: number,
  { similarity, exclude = {} }: TopKOptions,
): Called<'topK', TopK> {
  const { queryClass, allowed, perQuery } = exclude;
  const best = {
    rows: new Uint32Array(queries.rows * k),
    scores: new Float32Array(queries.rows * k),
    found: new Uint32Array(queries.rows),
  };
  return {
    given: [
      queries.data,
      queries.rows,
      rows.data,
      rows.rows,
      rows.cols,
      k,
      SIMILARITIES.indexOf(similarity),
      ids,
      classes ?? null,
      queryClass ?? null,
      // an empty array has no address, and none would mean that all are allowed
      allowed === undefined || allowed.length > 0 ? (allowed ?? null) : new Uint8Array(1),
      allowed?.length ?? 0,
      perQuery?.offsets ?? null,
      perQuery?.ids ?? null,
      best.rows,
      best.scores,
      best.found,
    ],
    result: () => best,
  };
}

/** In the order of the addon's enumeration. */
const SIMILARITIES: readonly Similarity[] = ['dot', 'cosine', 'euclidean'];

function countActive(terms: Float32Array): number {
  let active = 0;
  for (const term of terms) if (term > 0) active++;
  return active;
}
