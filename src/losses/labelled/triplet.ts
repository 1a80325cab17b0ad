import type { Labelled, LabelledGradients, Triplets } from '../../core/batches.ts';
import { checkEqual, checkNonNegative, checkOneOf, refuse } from '../../core/check.ts';
import { matrix, row, type Matrix } from '../../core/matrix.ts';
import { cosine } from '../../distances/cosine.ts';
import type { RowDistance } from '../../distances/distance.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';
import { tripletTerms } from '../triplet-terms.ts';

export interface TripletOptions {
  /** How much farther than the positive a negative must be, in units of `distance`. @default 0.2 */
  readonly margin?: number;
  /** @default cosine */
  readonly distance?: RowDistance;
  /** @default 'mean' over all triplets, satisfied ones included (torch) */
  readonly reduction?: Reduction;
}

/**
 * max(0, d(a, p) - d(a, n) + margin) over the batch's mined triplets, or over every (a, p, n) with label(a) = label(p) ≠
 * label(n) and a ≠ p.
 *
 * At least 0. No triplets: value 0 and zero gradients. At the hinge itself the slope is 0. `terms` are the mined triplets'
 * in their order; taken over all triplets there are too many to list.
 *
 * @throws RangeError if margin is not a finite number >= 0, labels do not match the rows, or a triplet names no row
 * @see Schroff et al., "FaceNet", 2015, eq. 2 (there by squared euclidean distance)
 */
export function triplet({ margin = 0.2, distance = cosine, reduction = 'mean' }: TripletOptions = {}): Loss<
  Labelled,
  LabelledGradients
> {
  checkNonNegative('triplet', 'margin', margin);
  checkOneOf('triplet', 'reduction', reduction, REDUCTIONS);
  return (batch, into = {}) => {
    const { embeddings, labels, triplets } = batch;
    checkEqual('triplet', 'labels.length', labels.length, embeddings.rows);
    checkFiniteRows('triplet', 'embeddings', embeddings);
    const gradient = into.embeddings ?? matrix(embeddings.rows, embeddings.cols);
    const gradients = { embeddings: gradient };
    if (triplets === undefined)
      return { ...overAll(batch, gradient, margin, distance, reduction), gradients };
    checkTriplets(triplets, embeddings.rows);
    const upstream = shareOf(reduction, triplets.anchors.length);
    const mined = { rows: [embeddings], triplets, distance, margin, upstream };
    return { ...tripletTerms(mined, [gradient]), gradients };
  };
}

/** Every triplet, an anchor at a time: its distances, what each weighs, and one chain rule a pair. */
function overAll(
  { embeddings, labels }: Labelled,
  gradient: Matrix,
  margin: number,
  distance: RowDistance,
  reduction: Reduction,
): { value: number; active: number } {
  gradient.data.fill(0);
  const { rows } = embeddings;
  const share = shareOf(reduction, countTriplets(labels));
  const distances = new Float64Array(rows);
  const weights = new Float64Array(rows);
  let [value, active] = [0, 0];
  for (let a = 0; a < rows; a++) {
    const anchor = row(embeddings, a);
    for (let j = 0; j < rows; j++) distances[j] = distance.between(anchor, row(embeddings, j));
    weights.fill(0);
    for (let p = 0; p < rows; p++) {
      if (p === a || labels[p] !== labels[a]) continue;
      for (let n = 0; n < rows; n++) {
        if (labels[n] === labels[a]) continue;
        const violation = distances[p] - distances[n] + margin;
        if (violation <= 0) continue;
        value += share * violation;
        active++;
        weights[p] += share;
        weights[n] -= share;
      }
    }
    for (let j = 0; j < rows; j++) {
      if (weights[j] !== 0) {
        distance.backward(anchor, row(embeddings, j), weights[j], row(gradient, a), row(gradient, j));
      }
    }
  }
  return { value, active };
}

function countTriplets(labels: Int32Array): number {
  const members = new Map<number, number>();
  for (const label of labels) members.set(label, (members.get(label) ?? 0) + 1);
  let triplets = 0;
  for (const count of members.values()) triplets += count * (count - 1) * (labels.length - count);
  return triplets;
}

function checkTriplets({ anchors, positives, negatives }: Triplets, rows: number): void {
  checkEqual('triplet', 'triplets.positives.length', positives.length, anchors.length);
  checkEqual('triplet', 'triplets.negatives.length', negatives.length, anchors.length);
  for (const [role, numbers] of Object.entries({ anchors, positives, negatives })) {
    numbers.forEach((number: number, t: number) => {
      if (number >= rows) refuse('triplet', `triplets.${role}[${t}] must be a row in [0, ${rows})`, number);
    });
  }
}
