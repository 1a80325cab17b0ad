import { listOf } from '../../core/batches.ts';
import { matrix, row, type Matrix } from '../../core/matrix.ts';
import { innerProduct } from '../../core/products.ts';
import { logistic, softplus } from '../../core/softplus.ts';
import { ask, type Steps } from '../promised.ts';
import type { Relatives } from './mined.ts';

/** Pairs taken at a time: memory is BLOCK × rows. */
const BLOCK = 128;

/** What the terms of `angular` are made of, and where they and their slopes are added up. */
export interface AngularSpace {
  readonly unit: Matrix;
  /** of which negatives are */
  readonly candidates: Matrix;
  /** what (a + p) · n is multiplied by, and a · p, which is subtracted */
  readonly seen: number;
  readonly apart: number;
  /** rows × dim, along unit rows, and along candidates */
  readonly ofUnit: Float64Array;
  readonly ofCandidates: Float64Array;
  readonly totals: { readonly terms: Float32Array; sum: number; counted: number; active: number };
}

type Pair = readonly [anchor: number, positive: number];

/** The terms of mined pairs, each with its anchor's negatives. */
export function* ofMined(
  mined: Relatives,
  { unit, candidates, seen, apart, ofUnit, ofCandidates, totals }: AngularSpace,
): Steps<void> {
  for (const pairs of inBlocks(pairsOf(mined))) {
    const sums = matrix(pairs.length, unit.cols);
    pairs.forEach(([a, p], t) => addRows(row(sums, t), row(unit, a), row(unit, p)));
    const products = yield* ask((by) => by.timesTransposed(sums, candidates));
    pairs.forEach(([a, p], t) => {
      const cosine = innerProduct(row(unit, a), row(unit, p));
      const { term, slope } = weigh(row(products, t), listOf(mined.negatives, a), seen, -apart * cosine);
      totals.terms[a] += term;
      totals.sum += term;
      totals.counted++;
      if (term > 0) totals.active++;
      addScaled(ofUnit, a, row(unit, p), -apart * slope);
      addScaled(ofUnit, p, row(unit, a), -apart * slope);
    });
    const ofSums = yield* ask((by) => by.times(products, candidates));
    pairs.forEach((pair, t) => {
      for (const i of pair) addScaled(ofUnit, i, row(ofSums, t), seen);
    });
    const toCandidates = yield* ask((by) => by.transposedTimes(products, sums));
    for (let i = 0; i < candidates.rows; i++) addScaled(ofCandidates, i, row(toCandidates, i), seen);
  }
}

/** The mined pairs of anchors that have a mined negative. */
function* pairsOf({ positives, negatives }: Relatives): Generator<Pair> {
  for (let a = 0; a + 1 < positives.offsets.length; a++) {
    if (listOf(negatives, a).length > 0) for (const p of listOf(positives, a)) yield [a, p];
  }
}

function* inBlocks(all: Iterable<Pair>): Generator<readonly Pair[]> {
  let pairs: Pair[] = [];
  for (const pair of all) {
    pairs.push(pair);
    if (pairs.length < BLOCK) continue;
    yield pairs;
    pairs = [];
  }
  if (pairs.length > 0) yield pairs;
}

/** log(1 + Σ_n exp(scale s_n + shift)) and its slope along the shift; over s its slope along each logit. */
function weigh(
  s: Float32Array,
  negatives: Uint32Array,
  scale: number,
  shift: number,
): { readonly term: number; readonly slope: number } {
  let largest = -Infinity;
  for (const n of negatives) largest = Math.max(largest, scale * s[n]);
  let sum = 0;
  for (const n of negatives) sum += Math.exp(scale * s[n] - largest);
  const far = largest + Math.log(sum);
  const slope = logistic(far + shift);
  const weights = new Float32Array(s.length);
  for (const n of negatives) weights[n] = slope * Math.exp(scale * s[n] - far);
  s.set(weights);
  return { term: softplus(far + shift), slope };
}

function addRows(out: Float32Array, x: Float32Array, y: Float32Array): void {
  for (let k = 0; k < out.length; k++) out[k] = x[k] + y[k];
}

function addScaled(total: Float64Array, i: number, values: Float32Array, factor: number): void {
  for (let k = 0; k < values.length; k++) total[i * values.length + k] += factor * values[k];
}
