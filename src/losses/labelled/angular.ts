import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkOneOf, refuse } from '../../core/check.ts';
import { gather, matrix, row, rowsBetween, type Matrix } from '../../core/matrix.ts';
import { logistic, softplus } from '../../core/softplus.ts';
import { ACTIVE_REDUCTIONS, shareOfActive, type ActiveReduction } from '../loss.ts';
import { ask, inSteps, type PromisedLoss, type Steps } from '../promised.ts';
import { type AngularSpace, ofMined } from './angular-mined.ts';
import { checkLabelledAlone } from './labelled-pairs.ts';
import { minedRelatives } from './mined.ts';

/** Anchors taken at a time: memory is a few times BLOCK × rows, and rows × dim. */
const BLOCK = 384;

/** A sum of products of shares below this may have lost some of them to float32, and is taken again. */
const SMALL = 1e-25;

export interface AngularOptions {
  /** The widest angle, in degrees, that a negative may see a positive pair under. @default 40 */
  readonly alpha?: number;
  /** Whether negatives are brought to unit length as anchors and positives are (the paper), or taken as they are (pytorch-metric-learning). @default 'unit' */
  readonly negatives?: 'unit' | 'raw';
  /** 'active' is over terms above zero. @default 'mean' over all positive pairs */
  readonly reduction?: ActiveReduction;
}

/**
 * log(1 + Σ_n exp(4 tan²α (a + p) · n - 2 (1 + tan²α) a · p)), one term for each positive of each anchor; n are the rows of other labels.
 *
 * Above 0; without rows of another label there are no terms. A zero row has inner product 0 with everything and no gradient but a raw
 * negative's. `terms` are summed by anchor. Of mined pairs each positive one is a term of its anchor alone, counted once however often it
 * was mined, with the negatives mined for the anchor; without these it has none. (In pytorch-metric-learning n are the rows of other
 * labels even then, and a pair counts as often as it was mined.)
 *
 * @throws RangeError if alpha is not between 0 and 90, an option is none of its names, labels do not match the rows, or an entry is not
 *   finite
 * @see Wang et al., "Deep metric learning with angular loss", 2017, eq. 8
 */
export function angular({
  alpha = 40,
  negatives = 'unit',
  reduction = 'mean',
}: AngularOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  if (!(alpha > 0 && alpha < 90)) refuse('angular', 'alpha must be a number of degrees in (0, 90)', alpha);
  checkOneOf('angular', 'negatives', negatives, ['unit', 'raw']);
  checkOneOf('angular', 'reduction', reduction, ACTIVE_REDUCTIONS);
  const squaredTangent = Math.tan((alpha * Math.PI) / 180) ** 2;
  const [seen, apart] = [4 * squaredTangent, 2 * (1 + squaredTangent)];
  return inSteps(function* (batch, into) {
    checkLabelledAlone('angular', batch);
    const { rows, cols } = batch.embeddings;
    const normalized = yield* ask((by) => by.normalize(batch.embeddings));
    const { unit } = normalized;
    const candidates = negatives === 'unit' ? unit : batch.embeddings;
    const ofUnit = new Float64Array(rows * cols);
    const ofCandidates = negatives === 'unit' ? ofUnit : new Float64Array(rows * cols);
    const totals = { terms: new Float32Array(rows), sum: 0, counted: 0, active: 0 };
    const space = { unit, candidates, seen, apart, ofUnit, ofCandidates, totals };
    const mined = minedRelatives('angular', batch);
    // the sums of labels come of what all anchors of one share, which mined pairs do not
    yield* mined === undefined ? ofLabels(batch.labels, space) : ofMined(mined, space);
    const share = shareOfActive(reduction, totals.counted, totals.active);
    const gradient = into.embeddings ?? matrix(rows, cols);
    for (let e = 0; e < ofUnit.length; e++) gradient.data[e] = share * ofUnit[e];
    yield* ask((by) => by.normalizeBackward(normalized, gradient, gradient));
    if (negatives === 'raw') {
      for (let e = 0; e < ofCandidates.length; e++) gradient.data[e] += share * ofCandidates[e];
    }
    const { terms, sum, active } = totals;
    return { value: share * sum, terms, active, gradients: { embeddings: gradient } };
  });
}

function* ofLabels(labels: Int32Array, space: AngularSpace): Steps<void> {
  const { candidates, seen, apart, ofUnit, ofCandidates, totals } = space;
  for (const { anchors, parts } of blocksOf(labels)) {
    const block = yield* facing(anchors, parts, space);
    const slopes = matrix(anchors.length, labels.length);
    for (const { start, end, members } of parts) {
      const a = part(block, start, end);
      for (const positives of inBlocks(members)) {
        const whole = { start: 0, end: positives.length, members };
        const p = positives[0] === a.numbers[0] ? a : yield* facing(positives, [whole], space);
        // Σ_n exp(x_an + x_pn) is, of exp x over its sum, a product
        const products = yield* ask((by) => by.timesTransposed(a.shares, p.shares));
        const cosines = yield* ask((by) => by.timesTransposed(a.rows, p.rows));
        const ofA = rowsBetween(slopes, start, end);
        const { along, nearer } = meet(a, p, { products, cosines, apart, totals, lost: ofA });
        addProducts(ofA, a.shares, yield* ask((by) => by.times(along, p.shares)));
        add(ofUnit, a.numbers, yield* ask((by) => by.times(nearer, p.rows)), 1);
      }
    }
    add(ofUnit, anchors, yield* ask((by) => by.times(slopes, candidates)), seen);
    add(ofCandidates, labels.keys(), yield* ask((by) => by.transposedTimes(slopes, block.rows)), seen);
  }
}

/** Anchors by number, those of one label side by side. */
interface Block {
  readonly anchors: readonly number[];
  readonly parts: readonly Part[];
}

/** The anchors of a block that are of one label. */
interface Part {
  readonly start: number;
  readonly end: number;
  /** all rows of the label */
  readonly members: readonly number[];
}

/** The rows of labels that have two, where there is another label: several small labels in a block, a large one in several. */
function blocksOf(labels: Int32Array): Block[] {
  const membersOf = new Map<number, number[]>();
  labels.forEach((label, i) => {
    const found = membersOf.get(label);
    if (found === undefined) membersOf.set(label, [i]);
    else found.push(i);
  });
  const blocks: { anchors: number[]; parts: Part[] }[] = [];
  for (const members of membersOf.size < 2 ? [] : membersOf.values()) {
    if (members.length < 2) continue;
    for (const numbers of inBlocks(members)) {
      let block = blocks.at(-1);
      if (block === undefined || block.anchors.length + numbers.length > BLOCK) {
        block = { anchors: [], parts: [] };
        blocks.push(block);
      }
      const start = block.anchors.length;
      block.anchors.push(...numbers);
      block.parts.push({ start, end: start + numbers.length, members });
    }
  }
  return blocks;
}

function inBlocks(numbers: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(numbers.length / BLOCK);
  return Array.from({ length: count }, (_, b) => numbers.slice(b * BLOCK, (b + 1) * BLOCK));
}

/** Some rows and what they see. */
interface Facing {
  readonly numbers: readonly number[];
  readonly rows: Matrix;
  /** their inner products with negatives, times a factor, and -Infinity with others */
  readonly logits: Matrix;
  /** exp of the logits over its sum */
  readonly shares: Matrix;
  /** log of the sum */
  readonly logSums: Float64Array;
}

function* facing(
  numbers: readonly number[],
  parts: readonly Part[],
  { unit, candidates, seen }: Pick<AngularSpace, 'unit' | 'candidates' | 'seen'>,
): Steps<Facing> {
  const rows = gather(unit, numbers);
  const factors = new Float64Array(numbers.length).fill(seen);
  const scaled = yield* ask((by) => by.blendRows(rows, rows, factors, new Float64Array(numbers.length)));
  const logits = yield* ask((by) => by.timesTransposed(scaled, candidates));
  for (const { start, end, members } of parts) {
    for (let i = start; i < end; i++) for (const j of members) row(logits, i)[j] = -Infinity;
  }
  const shares = yield* ask((by) => by.softmax(logits));
  const logSums = yield* ask((by) => by.logSumExp(logits));
  return { numbers, rows, logits, shares, logSums };
}

/** Views. */
function part({ numbers, rows, logits, shares, logSums }: Facing, start: number, end: number): Facing {
  return {
    numbers: numbers.slice(start, end),
    rows: rowsBetween(rows, start, end),
    logits: rowsBetween(logits, start, end),
    shares: rowsBetween(shares, start, end),
    logSums: logSums.subarray(start, end),
  };
}

interface Meeting {
  /** Σ over negatives of a's share times p's, anchors × positives */
  readonly products: Matrix;
  /** anchors × positives */
  readonly cosines: Matrix;
  /** what a cosine is multiplied by in the exponent */
  readonly apart: number;
  readonly totals: AngularSpace['totals'];
  /** anchors × rows; the slopes along logits of pairs whose product is too small are added here */
  readonly lost: Matrix;
}

/** The terms of anchors and positives of one label, and their slopes: along the products, and along the cosines. */
function meet(a: Facing, p: Facing, { products, cosines, apart, totals, lost }: Meeting) {
  const along = matrix(products.rows, products.cols);
  const nearer = matrix(products.rows, products.cols);
  for (let i = 0, e = 0; i < products.rows; i++) {
    for (let j = 0; j < products.cols; j++, e++) {
      if (a.numbers[i] === p.numbers[j]) continue;
      const product = products.data[e];
      const [x, y] = [row(a.logits, i), row(p.logits, j)];
      const far = product < SMALL ? logSumExp(x, y) : a.logSums[i] + p.logSums[j] + Math.log(product);
      const excess = far - apart * cosines.data[e];
      const term = softplus(excess);
      totals.terms[a.numbers[i]] += term;
      totals.sum += term;
      totals.counted++;
      if (term > 0) totals.active++;
      // the pair is one of either row
      const slope = 2 * logistic(excess);
      nearer.data[e] = -apart * slope;
      if (product >= SMALL) along.data[e] = slope / product;
      else {
        const to = row(lost, i);
        for (let n = 0; n < to.length; n++) to[n] += slope * Math.exp(x[n] + y[n] - far);
      }
    }
  }
  return { along, nearer };
}

/** log Σ exp(x + y). */
function logSumExp(x: Float32Array, y: Float32Array): number {
  let largest = -Infinity;
  for (let n = 0; n < x.length; n++) largest = Math.max(largest, x[n] + y[n]);
  let sum = 0;
  for (let n = 0; n < x.length; n++) sum += Math.exp(x[n] + y[n] - largest);
  return largest + Math.log(sum);
}

function addProducts({ data: to }: Matrix, { data: x }: Matrix, { data: y }: Matrix): void {
  for (let e = 0; e < to.length; e++) to[e] += x[e] * y[e];
}

/** Adds each row, times a factor, to that of its number. */
function add(total: Float64Array, numbers: Iterable<number>, { data, cols }: Matrix, factor: number): void {
  let from = 0;
  for (const number of numbers) {
    for (let e = number * cols; e < (number + 1) * cols; e++) total[e] += factor * data[from++];
  }
}
