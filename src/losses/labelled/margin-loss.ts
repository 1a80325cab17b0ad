import {
  type Labelled,
  listOf,
  type MarginGradients,
  type MarginLabelled,
  type Triplets,
} from '../../core/batches.ts';
import {
  checkEqual,
  checkFinite,
  checkLabels,
  checkNonNegative,
  checkOneOf,
  checkWhole,
} from '../../core/check.ts';
import { matrix, row, type Matrix } from '../../core/matrix.ts';
import { distanceOf } from '../../distances/geometry.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import type { ListedPairs, PairGeometry, PairGradients } from '../../kernels/kernels.ts';
import { distanceAtNone, farther } from '../../kernels/pair-geometry.ts';
import { ACTIVE_REDUCTIONS, type LossResult, shareOfActive, type ActiveReduction } from '../loss.ts';
import { ask, inSteps, pause, type PromisedLoss, type Steps } from '../promised.ts';
import { checkLabelledAlone, GEOMETRIES, pairsOf } from './labelled-pairs.ts';

/** Triplets between two pauses. */
const TRIPLETS = 1024;

export interface MarginLossOptions {
  /** How far a positive must be on one side of beta and a negative on the other. @default 0.2 */
  readonly margin?: number;
  /** The distance that divides near from far, where the batch has none that is learned. @default 1.2 */
  readonly beta?: number;
  /** What a learned beta costs. @default 0 */
  readonly nu?: number;
  /** 'chord' is the euclidean distance of unit rows; of similarities the hinges are the other way round. @default 'chord' */
  readonly geometry?: PairGeometry;
  /** Over the triplets, or with 'active' over their hinges above zero, two a triplet (pytorch-metric-learning). @default 'active' */
  readonly reduction?: ActiveReduction;
}

/**
 * max(0, d(a, p) - β + margin) + max(0, β - d(a, n) + margin) over every (a, p, n) with label(a) = label(p) ≠ label(n) and a ≠ p: a hinge of
 * a pair is counted as often as there are rows to make it a triplet, of mined triplets as often as it is in one. β is the option, or the batch's `beta`: one, or one for each class.
 * A learned one costs ν β, once where there is one, and for each triplet its anchor's where there are several, reduced with the triplets.
 *
 * At least 0 but for a β below 0. No triplets: value 0 and zero gradients, also of beta. At the hinge itself the slope is 0, and so it is
 * along the distance of two rows that are the same. `terms` are summed by anchor, without what beta costs; `active` counts hinges.
 *
 * @throws RangeError if margin or nu is not a finite number >= 0, beta is not finite, an option is none of its names, labels do not match
 *   the rows or the classes of a learned beta, or an entry is not finite
 * @see Wu et al., "Sampling matters in deep embedding learning", 2017, eq. 7 and 8 (there over pairs)
 */
export function marginLoss({
  margin = 0.2,
  beta: fixed = 1.2,
  nu = 0,
  geometry = 'chord',
  reduction = 'active',
}: MarginLossOptions = {}): PromisedLoss<MarginLabelled, MarginGradients> {
  checkNonNegative('marginLoss', 'margin', margin);
  checkFinite('marginLoss', 'beta', fixed);
  checkNonNegative('marginLoss', 'nu', nu);
  checkOneOf('marginLoss', 'geometry', geometry, GEOMETRIES);
  checkOneOf('marginLoss', 'reduction', reduction, ACTIVE_REDUCTIONS);
  return inSteps(function* (batch, into) {
    checkLabelledAlone('marginLoss', batch);
    const { beta, labels, embeddings, triplets } = batch;
    if (beta !== undefined) checkBeta(beta, labels);
    const whichOf = (label: number): number => (beta !== undefined && beta.rows > 1 ? label : 0);
    const betas = Float64Array.from(labels, (label) => beta?.data[whichOf(label)] ?? fixed);
    const gradients = { embeddings: into.embeddings ?? matrix(embeddings.rows, embeddings.cols) };
    const pulls = new Float64Array(3 * embeddings.rows);
    const slopes = { anchors: gradients.embeddings, pulls };
    const rule = { margin, betas, geometry, reduction };
    const { value, terms, active, counts } =
      triplets === undefined
        ? yield* ofPairs(batch, rule, slopes)
        : yield* ofTriplets(embeddings, triplets, rule, slopes);
    if (beta === undefined) return { value, terms, active, gradients };
    const all = counts.reduce((sum, count) => sum + count, 0);
    const share = shareOfActive(reduction, all, active);
    // once where there is one beta, and otherwise for each triplet its anchor's
    const costs = counts.map(
      (count) => nu * (beta.rows > 1 ? share * count : all > 0 ? 1 / labels.length : 0),
    );
    const ofBeta = new Float64Array(beta.rows);
    labels.forEach((label, i) => (ofBeta[whichOf(label)] += costs[i] - pulls[3 * i] - pulls[3 * i + 1]));
    const learned = into.beta ?? matrix(beta.rows, 1);
    learned.data.set(ofBeta);
    return {
      value: costs.reduce((sum, cost, i) => sum + cost * betas[i], value),
      terms,
      active,
      gradients: { ...gradients, beta: learned },
    };
  });
}

interface Rule {
  readonly margin: number;
  /** rows */
  readonly betas: Float64Array;
  readonly geometry: PairGeometry;
  readonly reduction: ActiveReduction;
}

type Slopes = Required<Pick<PairGradients, 'anchors' | 'pulls'>>;

interface Found extends Omit<LossResult<unknown>, 'gradients'> {
  /** how many triplets there are of each anchor */
  readonly counts: Float64Array;
}

function* ofPairs(
  batch: Labelled,
  { margin, betas, geometry, reduction }: Rule,
  slopes: Slopes,
): Steps<Found> {
  const input = pairsOf('marginLoss', batch, { geometry, reduction });
  const found = yield* ask((by) => by.pairs(input, { kind: 'margin', margin, betas }, slopes));
  return { ...found, counts: tripletsOf(batch.labels, input.listed) };
}

/** Mined triplets one after the other, as lists of pairs do not tell how many triplets a pair is in. */
function* ofTriplets(
  embeddings: Matrix,
  { anchors, positives, negatives }: Triplets,
  { margin, betas, geometry, reduction }: Rule,
  { anchors: gradient, pulls }: Slopes,
): Steps<Found> {
  const { between, backward } = distanceOf(geometry);
  const away = farther(geometry);
  const terms = new Float32Array(embeddings.rows);
  const counts = new Float64Array(embeddings.rows);
  let [sum, active] = [0, 0];
  gradient.data.fill(0);
  const hinge = (a: number, j: number, side: 1 | -1): void => {
    const [x, y] = [row(embeddings, a), row(embeddings, j)];
    const excess = side * (between(x, y) - distanceAtNone(geometry) - away * betas[a]) + margin;
    if (excess <= 0) return;
    terms[a] += excess;
    sum += excess;
    active++;
    backward(x, y, side, row(gradient, a), row(gradient, j));
    pulls[3 * a + (side === 1 ? 0 : 1)] += away * side;
  };
  for (const [t, a] of anchors.entries()) {
    counts[a]++;
    hinge(a, positives[t], 1);
    hinge(a, negatives[t], -1);
    if (t % TRIPLETS === 0) yield* pause();
  }
  const share = shareOfActive(reduction, anchors.length, active);
  gradient.data.forEach((slope, e) => (gradient.data[e] = share * slope));
  pulls.forEach((pull, e) => (pulls[e] = share * pull));
  return { value: share * sum, terms, active, counts };
}

/** How many triplets there are of each anchor. */
function tripletsOf(labels: Int32Array, listed?: ListedPairs): Float64Array {
  if (listed !== undefined) {
    const { positives, negatives } = listed;
    const countOf = (i: number, lists = positives): number => listOf(lists, i).length;
    return Float64Array.from(labels, (_, i) => countOf(i) * countOf(i, negatives));
  }
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return Float64Array.from(labels, (label) => {
    const size = sizes.get(label) ?? 0;
    return (size - 1) * (labels.length - size);
  });
}

function checkBeta(beta: Matrix, labels: Int32Array): void {
  checkWhole('marginLoss', 'beta.rows', beta.rows, 1);
  checkEqual('marginLoss', 'beta.cols', beta.cols, 1);
  checkFiniteRows('marginLoss', 'beta', beta);
  if (beta.rows !== 1) checkLabels('marginLoss', 'labels', labels, beta.rows);
}
