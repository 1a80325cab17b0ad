import { row, type Matrix } from '../core/matrix.ts';
import type { RowDistance } from '../distances/distance.ts';
import { geometryOf } from '../distances/geometry.ts';
import { kernels } from '../kernels/active.ts';
import type { LossTerms, TripletRows } from '../kernels/kernels.ts';

export interface TripletTerms extends Omit<TripletRows, 'geometry'> {
  readonly distance: RowDistance;
  /** whether a negative is as far as it is from the nearer of anchor and positive */
  readonly swap?: boolean;
  /** log(1 + exp x) in place of max(0, x) */
  readonly softMargin?: boolean;
}

/**
 * max(0, d(a, p) - d(a, n) + margin) over given triplets, and the gradient of each matrix, overwritten: by the kernels where they
 * know it, and otherwise a triplet at a time.
 */
export function tripletTerms(input: TripletTerms, gradients: readonly Matrix[]): LossTerms {
  const geometry = input.swap || input.softMargin ? undefined : geometryOf(input.distance);
  return geometry === undefined
    ? oneByOne(input, gradients)
    : kernels.triplets({ ...input, geometry }, gradients);
}

function oneByOne(
  { rows, triplets, distance, margin, upstream, swap, softMargin }: TripletTerms,
  gradients: readonly Matrix[],
): LossTerms {
  const { anchors, positives, negatives } = triplets;
  for (const { data } of gradients) data.fill(0);
  const [x, dx] = [numberedThrough(rows), numberedThrough(gradients)];
  const terms = new Float32Array(anchors.length);
  const add = (i: number, j: number, slope: number): void => {
    if (slope !== 0) distance.backward(x[i], x[j], upstream * slope, dx[i], dx[j]);
  };
  let [value, active] = [0, 0];
  for (let t = 0; t < terms.length; t++) {
    const [a, p, n] = [anchors[t], positives[t], negatives[t]];
    const far = distance.between(x[a], x[n]);
    const swapped = swap ? distance.between(x[p], x[n]) : Infinity;
    const violation = distance.between(x[a], x[p]) - Math.min(far, swapped) + margin;
    const [term, slope] = softMargin ? softplus(violation) : [Math.max(0, violation), Number(violation > 0)];
    terms[t] = term;
    value += upstream * term;
    if (term > 0) active++;
    // equal distances have half of the slope each, as in torch
    const share = swapped === far ? 0.5 : Number(swapped < far);
    add(a, p, slope);
    add(a, n, -slope * (1 - share));
    add(p, n, -slope * share);
  }
  return { value, terms, active };
}

/** log(1 + exp x) and its slope, where exp x alone might overflow. */
function softplus(x: number): readonly [value: number, slope: number] {
  const small = Math.exp(-Math.abs(x));
  return [Math.max(0, x) + Math.log1p(small), (x > 0 ? 1 : small) / (1 + small)];
}

/** The rows of each matrix: views. */
function numberedThrough(matrices: readonly Matrix[]): Float32Array[] {
  return matrices.flatMap((m) => Array.from({ length: m.rows }, (_, i) => row(m, i)));
}
