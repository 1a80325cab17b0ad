import type { Labelled, LabelledGradients, Triplets } from '../../core/batches.ts';
import { checkEqual, checkFinite, checkLabels, checkOneOf, refuse } from '../../core/check.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';
import { cosine } from '../../distances/cosine.ts';
import type { RowDistance } from '../../distances/distance.ts';
import { pairGeometryOf } from '../../distances/geometry.ts';
import { checkLabelled } from '../../kernels/check-labelled.ts';
import { checkedWeights } from '../classification/classes.ts';
import { ACTIVE_REDUCTIONS, shareOf, shareOfActive, type ActiveReduction } from '../loss.ts';
import { listedTriplets } from '../listed-triplets.ts';
import { ask, inSteps, type PromisedLoss } from '../promised.ts';
import type { TripletRule } from '../triplet-rule.ts';
import { everyTriplet } from './every-triplet.ts';
import { type ClassWeighted, labelledCall } from './labelled-pairs.ts';

export interface TripletOptions extends ClassWeighted {
  /** How much farther than the positive a negative must be, in units of `distance`. @default 0.2 */
  readonly margin?: number;
  /** pytorch-metric-learning's is `chord`. @default cosine */
  readonly distance?: RowDistance;
  /** Whether a negative is as far as it is from the nearer of anchor and positive. @default false */
  readonly swap?: boolean;
  /** Whether a term is log(1 + exp v) and not max(0, v): no triplet is ever satisfied. @default false */
  readonly softMargin?: boolean;
  /**
   * 'active' is over the triplets whose terms are above zero (pytorch-metric-learning's default).
   * @default 'mean' over all triplets, satisfied ones included (torch)
   */
  readonly reduction?: ActiveReduction;
}

/**
 * max(0, d(a, p) - d(a, n) + margin) over the batch's mined triplets, or over every (a, p, n) with label(a) = label(p) ≠
 * label(n) and a ≠ p; p and n are rows of the batch and its references, or of these alone.
 *
 * At least 0. No triplets: value 0 and zero gradients. At the hinge itself the slope is 0; a swapped negative that is equally far
 * from both gives each half. `terms` are the mined triplets' in their order; taken over all triplets there are too many to
 * list. By a distance of `src/distances`, manhattan aside, every triplet takes rows × (rows × dim + rows × log rows) steps, and
 * where it is swapped or the margin soft as many as there are triplets.
 *
 * @throws RangeError if margin is not a finite number, an option is none of its names, labels or references do not match
 *   the rows, an entry is not finite, a label has no class weight, or a triplet names no row
 * @see Schroff et al., "FaceNet", 2015, eq. 2 (there by squared euclidean distance); Balntas et al., "Learning local feature
 *   descriptors with triplets and shallow convolutional neural networks", 2016, section 3 (swap)
 */
export function triplet({
  margin = 0.2,
  distance = cosine,
  swap = false,
  softMargin = false,
  reduction = 'mean',
  classWeights,
}: TripletOptions = {}): PromisedLoss<Labelled, LabelledGradients> {
  checkFinite('triplet', 'margin', margin);
  checkOneOf('triplet', 'reduction', reduction, ACTIVE_REDUCTIONS);
  const weights = classWeights && checkedWeights('triplet', 'classWeights', classWeights);
  const geometry = swap ? undefined : pairGeometryOf(distance);
  const every =
    geometry &&
    labelledCall('triplet', {
      loss: { kind: 'batchAll', margin, soft: softMargin },
      geometry,
      reduction,
      classWeights,
    });
  return inSteps(function* (batch, into) {
    if (batch.triplets === undefined && every !== undefined) {
      const { pairs, result } = every(batch, into);
      const { value, active, gradients } = result(yield* ask((by) => by.pairs(...pairs)));
      return { value, active, gradients };
    }
    checkLabelled('triplet', batch);
    if (weights !== undefined) checkLabels('triplet', 'labels', batch.labels, weights.length);
    const { embeddings, labels, triplets, references } = batch;
    const weightOf = weights && ((anchor: number): number => weights[labels[anchor]]);
    const rule: TripletRule = { distance, margin, swap, softMargin, weightOf };
    const gradients = {
      embeddings: into.embeddings ?? matrix(embeddings.rows, embeddings.cols),
      ...(references !== undefined && into.references !== undefined ? { references: into.references } : {}),
    };
    if (triplets === undefined) {
      const { sum, counted, active, gradient } = yield* everyTriplet(batch, rule);
      const share = shareOfActive(reduction, counted, active);
      part(gradient(share), gradients);
      return { value: share * sum, active, gradients };
    }
    const rows = references === undefined ? [embeddings] : [embeddings, references.embeddings];
    checkTriplets(triplets, rows);
    const slopes = rows.map((each, m) =>
      m === 0 ? gradients.embeddings : (gradients.references ?? matrix(each.rows, each.cols)),
    );
    const listed = { rows, triplets, rule };
    if (reduction !== 'active') {
      const upstream = shareOf(reduction, triplets.anchors.length);
      return { ...(yield* listedTriplets({ ...listed, upstream }, slopes)), gradients };
    }
    const found = yield* listedTriplets({ ...listed, upstream: 1 }, slopes);
    const share = shareOf('mean', found.active);
    for (const { data } of slopes) data.forEach((slope, e) => (data[e] = share * slope));
    return { ...found, value: share * found.value, gradients };
  });
}

/** A gradient of the batch and, under it, of the references, into what there is room for. */
function part({ data }: Matrix, { embeddings, references }: LabelledGradients): void {
  embeddings.data.set(data.subarray(0, embeddings.data.length));
  references?.data.set(data.subarray(embeddings.data.length));
}

/** Anchors are of the first rows, the others of any. */
function checkTriplets({ anchors, positives, negatives }: Triplets, rows: readonly Matrix[]): void {
  checkEqual('triplet', 'triplets.positives.length', positives.length, anchors.length);
  checkEqual('triplet', 'triplets.negatives.length', negatives.length, anchors.length);
  const all = rows.reduce((sum, each) => sum + each.rows, 0);
  for (const [role, numbers, end] of [
    ['anchors', anchors, rows[0].rows],
    ['positives', positives, all],
    ['negatives', negatives, all],
  ] as const) {
    numbers.forEach((number: number, t: number) => {
      if (number >= end) refuse('triplet', `triplets.${role}[${t}] must be a row in [0, ${end})`, number);
    });
  }
}
