import type { ViewGradients, Views } from '../core/batches.ts';
import { checkNonNegative, checkOneOf } from '../core/check.ts';
import { row } from '../core/matrix.ts';
import { checkViews, knownCandidates, offsetsOf, viewGradients } from '../core/views.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from './loss.ts';

export interface TripletRowsOptions {
  /** How much farther than the positive a negative must be, in units of `distance`. @default 0.2 */
  readonly margin?: number;
  /** @default cosine */
  readonly distance?: Distance;
  /** @default 'mean' over all triplets, satisfied ones included (torch) */
  readonly reduction?: Reduction;
}

/**
 * max(0, d(a, p) - d(a, n) + margin), one term a negative: its owner, the owner's positive, and it.
 *
 * At least 0. No negatives: value 0 and zero gradients. At the hinge itself the slope is 0. A negative of its owner's
 * id or label, or `known` to be right for it, is none: its term is 0 and does not count in the mean.
 *
 * @throws RangeError if margin is not a finite number >= 0, or the views' shapes do not fit one another
 * @see Schroff et al., "FaceNet", 2015, eq. 2 (there by squared euclidean distance)
 */
export function tripletRows({
  margin = 0.2,
  distance = cosine,
  reduction = 'mean',
}: TripletRowsOptions = {}): Loss<Views, ViewGradients> {
  checkNonNegative('tripletRows', 'margin', margin);
  checkOneOf('tripletRows', 'reduction', reduction, REDUCTIONS);
  return (views, into = {}) => {
    checkViews('tripletRows', views);
    const { anchors, positives, negatives } = views;
    const gradients = viewGradients(views, into);
    for (const { data } of Object.values(gradients)) data.fill(0);
    const dNegatives = gradients.negatives;
    if (negatives === undefined || dNegatives === undefined) return { value: 0, gradients, active: 0 };

    const offsets = offsetsOf('tripletRows', views);
    const counted = trueNegatives(views, offsets);
    const terms = new Float32Array(negatives.rows);
    const share = shareOf(
      reduction,
      counted.reduce((sum, counts) => sum + counts, 0),
    );
    let [value, active] = [0, 0];
    for (let i = 0; i < anchors.rows; i++) {
      const [anchor, positive] = [row(anchors, i), row(positives, i)];
      const near = distance.between(anchor, positive);
      for (let t = offsets[i]; t < offsets[i + 1]; t++) {
        if (counted[t] === 0) continue;
        const negative = row(negatives, t);
        const violation = near - distance.between(anchor, negative) + margin;
        if (violation <= 0) continue;
        terms[t] = violation;
        value += share * violation;
        active++;
        const dAnchor = row(gradients.anchors, i);
        distance.backward(anchor, positive, share, dAnchor, row(gradients.positives, i));
        distance.backward(anchor, negative, -share, dAnchor, row(dNegatives, t));
      }
    }
    return { value, terms, active, gradients };
  };
}

/** 1 for each negative that is one: not of its owner's id or label, nor known to be right for it. */
function trueNegatives(views: Views, offsets: Uint32Array): Uint8Array {
  const { ids, negativeIds, labels, negativeLabels } = views;
  const counted = new Uint8Array(offsets[offsets.length - 1]).fill(1);
  const dropped = knownCandidates(views);
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (let t = offsets[i]; t < offsets[i + 1]; t++) {
      if (ids !== undefined && negativeIds?.[t] === ids[i]) counted[t] = 0;
      if (labels !== undefined && negativeLabels?.[t] === labels[i]) counted[t] = 0;
    }
    for (let e = dropped?.offsets[i] ?? 0; e < (dropped?.offsets[i + 1] ?? 0); e++) {
      const t = (dropped?.ids[e] ?? 0) - views.anchors.rows;
      if (t >= offsets[i] && t < offsets[i + 1]) counted[t] = 0;
    }
  }
  return counted;
}
