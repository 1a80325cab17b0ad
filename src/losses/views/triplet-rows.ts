import type { ViewGradients, Views } from '../../core/batches.ts';
import { checkNonNegative, checkOneOf } from '../../core/check.ts';
import { knownCandidates, offsetsOf, viewGradients } from '../../core/views.ts';
import { checkViews } from '../../kernels/check-views.ts';
import { cosine } from '../../distances/cosine.ts';
import type { RowDistance } from '../../distances/distance.ts';
import { REDUCTIONS, shareOf, type Reduction } from '../loss.ts';
import { listedTriplets } from '../listed-triplets.ts';
import { inSteps, type PromisedLoss } from '../promised.ts';

export interface TripletRowsOptions {
  /** How much farther than the positive a negative must be, in units of `distance`. @default 0.2 */
  readonly margin?: number;
  /** `lp({ eps: 1e-6 })` is torch's pairwise_distance. @default cosine */
  readonly distance?: RowDistance;
  /** Whether a negative counts as far as it is from the nearer of the anchor and its positive. @default false */
  readonly swap?: boolean;
  /** Whether each term is log(1 + exp(x)) in place of max(0, x), so that satisfied triplets still have a slope. @default false */
  readonly softMargin?: boolean;
  /** @default 'mean' over all triplets, satisfied ones included (torch) */
  readonly reduction?: Reduction;
}

/**
 * max(0, d(a, p) - d(a, n) + margin), one term a negative: its owner, the owner's positive, and it.
 *
 * At least 0. No negatives: value 0 and zero gradients. At the hinge itself the slope is 0 (in torch's triplet_margin_loss
 * it is 1). With `swap` d(a, n) is min(d(a, n), d(p, n)), of which equal ones share the slope. A negative of its owner's id or label, or
 * `known` to be right for it, is none: its term is 0 and does not count in the mean.
 *
 * @throws RangeError if margin is not a finite number >= 0, or the views' shapes do not fit one another
 * @see Schroff et al., "FaceNet", 2015, eq. 2 (there by squared euclidean distance); Balntas et al., "Learning local feature descriptors
 *   with triplets and shallow convolutional neural networks", 2016 (swap); Hermans et al., "In defense of the triplet loss", 2017 (soft
 *   margin)
 */
export function tripletRows({
  margin = 0.2,
  distance = cosine,
  swap = false,
  softMargin = false,
  reduction = 'mean',
}: TripletRowsOptions = {}): PromisedLoss<Views, ViewGradients> {
  checkNonNegative('tripletRows', 'margin', margin);
  checkOneOf('tripletRows', 'reduction', reduction, REDUCTIONS);
  return inSteps(function* (views, into) {
    checkViews('tripletRows', views);
    const { anchors, positives, negatives } = views;
    const gradients = viewGradients(views, into);
    const dNegatives = gradients.negatives;
    if (negatives === undefined || dNegatives === undefined) {
      for (const { data } of Object.values(gradients)) data.fill(0);
      return { value: 0, gradients, active: 0 };
    }
    const { owners, counted } = trueNegatives(views, offsetsOf('tripletRows', views));
    // rows are numbered through: anchors, positives, negatives
    const triplets = {
      anchors: owners,
      positives: owners.map((i) => anchors.rows + i),
      negatives: counted.map((t) => 2 * anchors.rows + t),
    };
    const { value, active, terms } = yield* listedTriplets(
      {
        rows: [anchors, positives, negatives],
        triplets,
        rule: { distance, margin, swap, softMargin },
        upstream: shareOf(reduction, counted.length),
      },
      [gradients.anchors, gradients.positives, dNegatives],
    );
    const all = new Float32Array(negatives.rows);
    counted.forEach((t, e) => (all[t] = terms[e]));
    return { value, terms: all, active, gradients };
  });
}

/** The negatives that are such, not of their owner's id or label nor known to be right for it, and the owner of each. */
function trueNegatives(views: Views, offsets: Uint32Array): { owners: Uint32Array; counted: Uint32Array } {
  const { ids, negativeIds, labels, negativeLabels } = views;
  const owner = new Uint32Array(offsets[offsets.length - 1]);
  const wrong = new Uint8Array(owner.length);
  const dropped = knownCandidates(views);
  for (let i = 0; i + 1 < offsets.length; i++) {
    owner.fill(i, offsets[i], offsets[i + 1]);
    for (let t = offsets[i]; t < offsets[i + 1]; t++) {
      if (ids !== undefined && negativeIds?.[t] === ids[i]) wrong[t] = 1;
      if (labels !== undefined && negativeLabels?.[t] === labels[i]) wrong[t] = 1;
    }
    for (let e = dropped?.offsets[i] ?? 0; e < (dropped?.offsets[i + 1] ?? 0); e++) {
      const t = (dropped?.ids[e] ?? 0) - views.anchors.rows;
      if (t >= offsets[i] && t < offsets[i + 1]) wrong[t] = 1;
    }
  }
  const counted = Uint32Array.from(owner.keys()).filter((t) => wrong[t] === 0);
  return { owners: counted.map((t) => owner[t]), counted };
}
