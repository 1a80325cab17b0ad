import { bagCount, type Bags } from '../../core/bags.ts';
import type { IdLists } from '../../core/batches.ts';
import { type Matrix, unwritten } from '../../core/matrix.ts';
import type {
  ActivationKind,
  Corpus,
  Geometry,
  Hardest,
  Elementwise,
  ElementwiseResult,
  Kernels,
  LossTerms,
  Normalized,
  PairGeometry,
  Packed,
  PairGradients,
  PairKeys,
  PairLoss,
  PairReduction,
  PairResult,
  Pairs,
  Similarity,
  RowProducts,
  SoftmaxCrossEntropy,
  TopK,
  TopKOptions,
  TripletRows,
} from '../kernels.ts';
import { checkRowNumbers } from '../check-row-numbers.ts';
import { ACTIVATION_KINDS, ELEMENTWISE_KINDS } from '../kernels.ts';
import { distanceAtNone, farther, ofUnitRows, squared } from '../pair-geometry.ts';
import { plain } from '../plain/plain.ts';
import type { Calls } from './addon.ts';
import { emptyTopK, excludedArguments } from './excluded-arguments.ts';
import { loadedAddon, setUp } from './loaded-addon.ts';

/**
 * The kernels in C++, with `NEARMISS_THREADS` threads or as many as the process may use; those there are not in C++
 * yet are the plain ones. undefined where the addon was not built.
 *
 * Work that does not fit in memory is a RangeError of the call, and the process lives on.
 *
 * @throws RangeError if NEARMISS_THREADS is not a whole number in [1, 1024]
 */
export function native(): Kernels | undefined {
  const addon = loadedAddon();
  if (addon === undefined) return undefined;
  const threads = setUp(addon);

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
  const lengths = both(now.normalize, later.normalize, normalize);
  const lengthsBack = both(now.normalizeBackward, later.normalizeBackward, normalizeBackward);
  const beside = both(now.rowProducts, later.rowProducts, rowProducts);
  const blends = both(now.blendRows, later.blendRows, blendRows);
  const crossEntropy = both(now.softmaxCrossEntropy, later.softmaxCrossEntropy, softmaxCrossEntropy);
  const everyPair = both(now.pairs, later.pairs, pairs);
  const form = (): Packed['form'] => addon.packedForm();
  const packing = both(now.pack, later.pack, (rows: Matrix, last?: Packed, changed?: Uint32Array) =>
    pack(form(), rows, last, changed),
  );
  const logs = both(now.logSoftmax, later.logSoftmax, logSoftmax);
  const logsBack = both(now.logSoftmaxBackward, later.logSoftmaxBackward, logSoftmaxBackward);
  const shares = both(now.softmax, later.softmax, softmax);
  const sharesBack = both(now.softmaxBackward, later.softmaxBackward, softmaxBackward);
  const sums = both(now.logSumExp, later.logSumExp, logSumExp);
  const sumsBack = both(now.softmax, later.softmax, logSumExpBackward);
  const entries = both(now.elementwise, later.elementwise, elementwise);
  const bounds = both(now.firstOutside, later.firstOutside, firstOutside);
  const search = both(
    now.topK,
    later.topK,
    (queries: Matrix, corpus: Corpus, k: number, options: TopKOptions) =>
      topK(form(), queries, corpus, k, options),
  );
  const mining = both(now.hardest, later.hardest, hardest);
  const mined = both(now.triplets, later.triplets, triplets);
  const draws = both(now.resample, later.resample, resample);

  return {
    ...plain,
    name: `native (${addon.instructionSet()}, ${threads} threads)`,
    times: products.times.now,
    timesTransposed: products.timesTransposed.now,
    transposedTimes: products.transposedTimes.now,
    normalize: lengths.now,
    normalizeBackward: lengthsBack.now,
    rowProducts: beside.now,
    blendRows: blends.now,
    softmaxCrossEntropy: crossEntropy.now,
    pairs: everyPair.now,
    triplets: mined.now,
    pack: packing.now,
    logSoftmax: logs.now,
    logSoftmaxBackward: logsBack.now,
    softmax: shares.now,
    softmaxBackward: sharesBack.now,
    logSumExp: sums.now,
    logSumExpBackward: sumsBack.now,
    elementwise: entries.now,
    firstOutside: bounds.now,
    topK: search.now,
    hardest: mining.now,
    resample: draws.now,
    later: {
      times: products.times.later,
      timesTransposed: products.timesTransposed.later,
      transposedTimes: products.transposedTimes.later,
      normalize: lengths.later,
      normalizeBackward: lengthsBack.later,
      rowProducts: beside.later,
      blendRows: blends.later,
      softmaxCrossEntropy: crossEntropy.later,
      pairs: everyPair.later,
      triplets: mined.later,
      pack: packing.later,
      logSoftmax: logs.later,
      logSoftmaxBackward: logsBack.later,
      softmax: shares.later,
      softmaxBackward: sharesBack.later,
      logSumExp: sums.later,
      logSumExpBackward: sumsBack.later,
      elementwise: entries.later,
      firstOutside: bounds.later,
      topK: search.later,
      hardest: mining.later,
      resample: draws.later,
    },
    gather: both(now.gather, later.gather, gather).now,
    weightedSums: both(now.weightedSums, later.weightedSums, weightedSums).now,
    activation: both(now.activation, later.activation, activation).now,
    activationBackward: both(now.activation, later.activation, activationBackward).now,
    adamW(parameter, gradient, { mean, square }, { rate, beta1, beta2, epsilon, decay, step }, rows) {
      const filled = [1 - beta1 ** step, 1 - beta2 ** step] as const;
      now.adamW(
        parameter.data,
        gradient.data,
        mean.data,
        square.data,
        gradient.data.length,
        rate,
        beta1,
        beta2,
        epsilon,
        decay,
        ...filled,
        rows ?? null,
        gradient.rows,
        gradient.cols,
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
  const into = out ?? unwritten(rows, cols);
  return {
    given: [a.data, rows, depth, Number(aByRows), b.data, cols, depth, Number(bByRows), into.data],
    result: () => into,
  };
}

function normalize(x: Matrix): Called<'normalize', Normalized> {
  const [unit, norms] = [unwritten(x.rows, x.cols), new Float64Array(x.rows)];
  return { given: [x.data, x.rows, x.cols, unit.data, norms], result: () => ({ unit, norms }) };
}

function normalizeBackward(
  { unit, norms }: Normalized,
  upstream: Matrix,
  out = unwritten(unit.rows, unit.cols),
): Called<'normalizeBackward', Matrix> {
  return { given: [unit.data, norms, upstream.data, unit.rows, unit.cols, out.data], result: () => out };
}

function rowProducts(x: Matrix, y: Matrix): Called<'rowProducts', RowProducts> {
  const all = new Float64Array(4 * x.rows);
  const [xx, yy, xy, apart] = [0, 1, 2, 3].map((part) => all.subarray(part * x.rows, (part + 1) * x.rows));
  return { given: [x.data, y.data, x.rows, x.cols, all], result: () => ({ xx, yy, xy, apart }) };
}

function blendRows(
  x: Matrix,
  y: Matrix,
  ofX: Float64Array,
  ofY: Float64Array,
  out = unwritten(x.rows, x.cols),
): Called<'blendRows', Matrix> {
  return { given: [x.data, y.data, ofX, ofY, x.rows, x.cols, out.data], result: () => out };
}

function softmaxCrossEntropy(
  { logits, labels, ignored, targets, weights, smoothing, upstream }: SoftmaxCrossEntropy,
  gradient: Matrix,
  targetGradient?: Matrix,
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
      targetGradient?.data ?? null,
    ],
    result: () => ({ value: upstream * sum[0], terms, active: countActive(terms) }),
  };
}

function logSoftmax(x: Matrix, out = unwritten(x.rows, x.cols)): Called<'logSoftmax', Matrix> {
  return { given: [x.data, x.rows, x.cols, out.data], result: () => out };
}

function logSoftmaxBackward(
  value: Matrix,
  upstream: Matrix,
  out = unwritten(value.rows, value.cols),
): Called<'logSoftmaxBackward', Matrix> {
  return { given: [value.data, upstream.data, value.rows, value.cols, out.data], result: () => out };
}

function softmax(x: Matrix, out = unwritten(x.rows, x.cols)): Called<'softmax', Matrix> {
  return { given: [x.data, x.rows, x.cols, null, out.data], result: () => out };
}

function softmaxBackward(
  value: Matrix,
  upstream: Matrix,
  out = unwritten(value.rows, value.cols),
): Called<'softmaxBackward', Matrix> {
  return { given: [value.data, upstream.data, value.rows, value.cols, out.data], result: () => out };
}

function logSumExp(x: Matrix): Called<'logSumExp', Float64Array> {
  const out = new Float64Array(x.rows);
  return { given: [x.data, x.rows, x.cols, out], result: () => out };
}

function logSumExpBackward(
  x: Matrix,
  upstream: Float64Array,
  out = unwritten(x.rows, x.cols),
): Called<'softmax', Matrix> {
  return { given: [x.data, x.rows, x.cols, upstream, out.data], result: () => out };
}

function elementwise(
  { kind, predictions, targets, weights, columnWeights, parameter, focal, upstream, listed }: Elementwise,
  gradient: Matrix,
  targetGradient?: Matrix,
): Called<'elementwise', ElementwiseResult> {
  const terms = listed ? new Float32Array(predictions.data.length) : undefined;
  const sums = new Float64Array(2);
  return {
    given: [
      ELEMENTWISE_KINDS.indexOf(kind),
      predictions.data,
      targets.data,
      weights?.data ?? null,
      columnWeights ?? null,
      predictions.rows,
      predictions.cols,
      parameter,
      upstream,
      gradient.data,
      terms ?? null,
      sums,
      targetGradient?.data ?? null,
      focal === undefined ? null : Float64Array.of(focal.positive, focal.negative, focal.epsilon),
    ],
    result() {
      const [sum, active] = sums;
      return { value: upstream * sum, terms, active };
    },
  };
}

function firstOutside(x: Matrix, least: number, most: number): Called<'firstOutside', number> {
  const found = new Float64Array(1);
  return { given: [x.data, x.data.length, least, most, found], result: () => found[0] };
}

function pairs(input: Pairs, loss: PairLoss, gradients: PairGradients): Called<'pairs', PairResult> {
  const { anchors, positives, others, geometry, classes } = input;
  const [items, labels] = input.masks.map(int32);
  const terms = new Float32Array(anchors.rows);
  const results = new Float64Array(5);
  const shape = Float64Array.of(
    anchors.rows,
    anchors.cols,
    others?.rows ?? 0,
    Number(ofUnitRows(geometry)),
    Number(farther(geometry) === 1),
    Number(input.bothWays),
    input.scale,
    REDUCTIONS.indexOf(input.reduction),
    Number(squared(geometry)),
    Number(input.alone ?? false),
    input.hardened?.share ?? 0,
    input.hardened?.below ?? 0,
  );
  return {
    given: [
      anchors.data,
      positives?.data ?? null,
      others?.data ?? null,
      input.offsets ?? null,
      shape,
      LOSSES.indexOf(loss.kind),
      parametersOf(loss, geometry),
      ...arraysOf(input.dropped),
      classes ? int32(classes).items : null,
      classes ? int32(classes).others : null,
      items?.items ?? null,
      items?.others ?? null,
      labels?.items ?? null,
      labels?.others ?? null,
      gradients.anchors.data,
      gradients.positives?.data ?? null,
      gradients.others?.data ?? null,
      terms,
      results,
      input.weights ?? null,
      input.added ?? null,
      ...arraysOf(input.listed?.positives),
      ...arraysOf(input.listed?.negatives),
      gradients.pulls ?? null,
    ],
    result() {
      const [value, scale, bias, active] = results;
      return { value, terms, active, scale, bias };
    },
  };
}

/** An empty array of ids has no address, and is none; there are lists where there are offsets. */
function arraysOf(lists: IdLists | undefined): readonly [Uint32Array | null, Uint32Array | null] {
  return [lists?.offsets ?? null, lists?.ids.length ? lists.ids : null];
}

/** Rows of a slice of the packed form: SLICE of tiles.h. */
const SLICE = 16;

function sliced(rows: number): number {
  return Math.ceil(rows / SLICE) * SLICE;
}

function pack(
  form: Packed['form'],
  rows: Matrix,
  last?: Packed,
  changed: Uint32Array = new Uint32Array(),
): Called<'pack', Packed> {
  const before = last?.form === form ? last : undefined;
  const packed = packedRoom(form, rows, before);
  const first = Math.min(rows.rows, before?.count ?? 0);
  const { columns, squares, lost } = packed;
  return {
    given: [rows.data, rows.rows, rows.cols, first, changed, changed.length, columns, squares, lost],
    result: () => packed,
  };
}

/** Room for so many rows: the last's where it has it, and otherwise its numbers in a half more. */
function packedRoom(form: Packed['form'], { rows, cols }: Matrix, last?: Packed): Packed {
  const least = sliced(rows);
  if (last !== undefined && last.squares.length >= least) return { ...last, count: rows };
  const room = last === undefined ? least : Math.max(least, sliced(1.5 * last.count));
  const units = form === 'bfloat16' ? Math.ceil(cols / 2) : cols;
  const columns = new Float32Array(room * units);
  const [squares, lost] = [new Float64Array(room), new Float64Array(room)];
  if (last !== undefined) {
    columns.set(last.columns);
    squares.set(last.squares);
    lost.set(last.lost);
  }
  return { count: rows, form, columns, squares, lost };
}

function int32({ items, others }: PairKeys): { items: Int32Array; others: Int32Array | null } {
  return { items: Int32Array.from(items), others: others === undefined ? null : Int32Array.from(others) };
}

/** In the order of the addon's enumerations. */
const LOSSES: readonly PairLoss['kind'][] = [
  'softmax',
  'decoupled',
  'ntXent',
  'sigmoid',
  'contrastive',
  'multiSimilarity',
  'circle',
  'lifted',
  'generalizedLifted',
  'nca',
  'tupletMargin',
  'margin',
  'signalToNoise',
  'squaredHinges',
  'fastAp',
  'batchAll',
  'batchHard',
  'batchSemiHard',
];
const REDUCTIONS: readonly PairReduction[] = ['sum', 'mean', 'active', 'perAnchor'];

function parametersOf(loss: PairLoss, geometry: PairGeometry): Float64Array {
  switch (loss.kind) {
    case 'sigmoid':
      return Float64Array.of(loss.bias);
    case 'contrastive':
    case 'lifted':
    case 'generalizedLifted':
      return Float64Array.of(loss.positiveMargin, loss.negativeMargin, farther(geometry));
    case 'multiSimilarity':
      return Float64Array.of(loss.alpha, loss.beta, loss.base);
    case 'circle':
      return Float64Array.of(loss.margin, loss.gamma);
    case 'tupletMargin':
      return Float64Array.of(loss.scale, loss.radians);
    case 'margin':
      return Float64Array.of(loss.margin, farther(geometry), ...loss.betas);
    case 'signalToNoise':
      return Float64Array.of(loss.positiveMargin, loss.negativeMargin, ...loss.powers);
    case 'squaredHinges':
      return Float64Array.of(loss.positiveBound, loss.negativeBound);
    case 'fastAp':
      return Float64Array.of(loss.bins);
    case 'batchAll':
      return Float64Array.of(loss.margin, farther(geometry), Number(loss.soft));
    case 'batchHard':
    case 'batchSemiHard':
      return Float64Array.of(
        loss.margin,
        farther(geometry),
        distanceAtNone(geometry),
        Number(loss.everyAnchor),
        Number(loss.kind === 'batchHard' && loss.soft),
      );
    default:
      return Float64Array.of(0);
  }
}

/** An empty array has no address, and would be none. */
function addressed(numbers: Float32Array | undefined): Float32Array | null {
  return numbers === undefined || numbers.length > 0 ? (numbers ?? null) : new Float32Array(1);
}

function topK(
  form: Packed['form'],
  queries: Matrix,
  corpus: Corpus,
  k: number,
  { similarity, exclude = {}, ceilings, floors }: TopKOptions,
): Called<'topK', TopK> {
  const { rows, packed } = corpus;
  const best = {
    ...emptyTopK(queries.rows, k),
    ...(ceilings && { above: new Uint32Array(queries.rows) }),
  };
  // what others packed, or what is of other rows, is passed over
  const usable = packed?.form === form && packed.count === rows.rows;
  return {
    given: [
      queries.data,
      queries.rows,
      rows.data,
      usable ? packed.columns : null,
      usable ? packed.squares : null,
      usable ? packed.lost : null,
      rows.rows,
      rows.cols,
      k,
      SIMILARITIES.indexOf(similarity),
      ...excludedArguments(corpus, exclude),
      best.rows,
      best.scores,
      best.found,
      addressed(ceilings),
      best.above ?? null,
      addressed(floors),
    ],
    result: () => best,
  };
}

function hardest(
  { rows, cols, data }: Matrix,
  labels: Int32Array,
  similarity: Similarity,
): Called<'hardest', Hardest> {
  const found = { positives: new Int32Array(rows), negatives: new Int32Array(rows) };
  return {
    given: [data, rows, cols, labels, SIMILARITIES.indexOf(similarity), found.positives, found.negatives],
    result: () => found,
  };
}

function triplets(input: TripletRows, gradients: readonly Matrix[]): Called<'triplets', LossTerms> {
  const { rows, geometry, margin, upstream } = input;
  const { anchors, positives, negatives } = input.triplets;
  const terms = new Float32Array(anchors.length);
  const sum = new Float64Array(1);
  const [first, second, third] = rows;
  const [dFirst, dSecond, dThird] = gradients;
  return {
    given: [
      first.data,
      dFirst.data,
      first.rows,
      second?.data ?? null,
      dSecond?.data ?? null,
      second?.rows ?? 0,
      third?.data ?? null,
      dThird?.data ?? null,
      third?.rows ?? 0,
      first.cols,
      anchors,
      positives,
      negatives,
      terms.length,
      GEOMETRIES.indexOf(geometry),
      margin,
      upstream,
      terms,
      sum,
    ],
    result: () => ({ value: upstream * sum[0], terms, active: countActive(terms) }),
  };
}

function gather(
  x: Matrix,
  rows: Uint32Array,
  out = unwritten(rows.length, x.cols),
): Called<'gather', Matrix> {
  checkRowNumbers(x, rows);
  return { given: [x.data, rows, rows.length, x.cols, out.data], result: () => out };
}

function weightedSums(
  bags: Bags,
  { data, cols }: Matrix,
  out = unwritten(bagCount(bags), cols),
): Called<'weightedSums', Matrix> {
  return {
    given: [bags.offsets, bags.ids, bags.weights, bagCount(bags), data, cols, out.data],
    result: () => out,
  };
}

function activation(
  kind: ActivationKind,
  { rows, cols, data }: Matrix,
  out = unwritten(rows, cols),
): Called<'activation', Matrix> {
  return { given: [ACTIVATION_KINDS.indexOf(kind), data, null, data.length, out.data], result: () => out };
}

function activationBackward(
  kind: ActivationKind,
  { rows, cols, data }: Matrix,
  upstream: Matrix,
  out = unwritten(rows, cols),
): Called<'activation', Matrix> {
  return {
    given: [ACTIVATION_KINDS.indexOf(kind), data, upstream.data, data.length, out.data],
    result: () => out,
  };
}

function resample(
  values: Float64Array,
  cols: number,
  resamples: number,
  seed: number,
): Called<'resample', Float64Array> {
  const sums = new Float64Array(resamples * cols);
  return {
    given: [values, values.length / cols, cols, resamples, seed >>> 0, sums],
    result: () => sums,
  };
}

const SIMILARITIES: readonly Similarity[] = ['dot', 'cosine', 'euclidean'];
const GEOMETRIES: readonly Geometry[] = ['dot', 'cosine', 'euclidean', 'squaredEuclidean'];

function countActive(terms: Float32Array): number {
  let active = 0;
  for (const term of terms) if (term > 0) active++;
  return active;
}
