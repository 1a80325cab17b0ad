import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkFinite, checkLabels, checkOneOf } from '../../core/check.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';
import { cosine } from '../../distances/cosine.ts';
import type { RowDistance } from '../../distances/distance.ts';
import { pairGeometryOf } from '../../distances/geometry.ts';
import { checkLabelled } from '../../kernels/check-labelled.ts';
import { checkedWeights } from '../classification/classes.ts';
import { ACTIVE_REDUCTIONS, shareOfActive, type ActiveReduction } from '../loss.ts';
import { ask, inSteps, type PromisedLoss } from '../promised.ts';
import type { TripletRule } from '../triplet-rule.ts';
import { everyTriplet } from './every-triplet.ts';
import { type ClassWeighted, labelledCall } from './labelled-pairs.ts';
import { minedTriplets } from './mined-triplets.ts';

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
   * 'active' is over the triplets whose terms are above zero (pytorch-metric-learning's default). There is no 'perAnchor': its
   * PerAnchorReducer is of pairs, and refuses triplets.
   * @default 'mean' over all triplets, satisfied ones included (torch)
   */
  readonly reduction?: ActiveReduction;
}

/**
 * max(0, d(a, p) - d(a, n) + margin) over the batch's mined triplets, or over every (a, p, n) of its mined pairs, or of its labels, with
 * label(a) = label(p) ≠ label(n) and a ≠ p; p and n are rows of the batch and its references, or by labels of these alone.
 *
 * At least 0. No triplets: value 0 and zero gradients. At the hinge itself the slope is 0; a swapped negative that is equally far
 * from both gives each half. `terms` are the mined triplets' in their order, one listed twice counting twice; taken over every
 * triplet there are too many to list. By a distance of `src/distances`, manhattan aside, every triplet takes rows × (rows × dim + rows ×
 * log rows) steps, and where it is swapped or the margin soft as many as there are triplets.
 *
 * @throws RangeError if margin is not a finite number, an option is none of its names, labels or references do not match
 *   the rows, an entry is not finite, a label has no class weight, a triplet or a pair names no row, or a pair is mined as both
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
    if (triplets !== undefined) return yield* minedTriplets(batch, triplets, { rule, reduction }, into);
    const gradients = {
      embeddings: into.embeddings ?? matrix(embeddings.rows, embeddings.cols),
      ...(references !== undefined && into.references !== undefined ? { references: into.references } : {}),
    };
    const { sum, counted, active, gradient } = yield* everyTriplet(batch, rule);
    const share = shareOfActive(reduction, counted, active);
    part(gradient(share), gradients);
    return { value: share * sum, active, gradients };
  });
}

/** A gradient of the batch and, under it, of the references, into what there is room for. */
function part({ data }: Matrix, { embeddings, references }: LabelledGradients): void {
  embeddings.data.set(data.subarray(0, embeddings.data.length));
  references?.data.set(data.subarray(embeddings.data.length));
}
