import { row, type Matrix } from '../core/matrix.ts';
import type { Distance } from '../distances/distance.ts';
import { geometryOf } from '../distances/geometry.ts';
import { kernels } from '../kernels/active.ts';
import type { LossTerms, TripletRows } from '../kernels/kernels.ts';

export type TripletTerms = Omit<TripletRows, 'geometry'> & { readonly distance: Distance };

/**
 * max(0, d(a, p) - d(a, n) + margin) over given triplets, and the gradient of each matrix, overwritten: by the kernels where they
 * know the distance, and otherwise a triplet at a time.
 */
export function tripletTerms(input: TripletTerms, gradients: readonly Matrix[]): LossTerms {
  const geometry = geometryOf(input.distance);
  return geometry === undefined
    ? oneByOne(input, gradients)
    : kernels.triplets({ ...input, geometry }, gradients);
}

function oneByOne(
  { rows, triplets, distance, margin, upstream }: TripletTerms,
  gradients: readonly Matrix[],
): LossTerms {
  const { anchors, positives, negatives } = triplets;
  for (const { data } of gradients) data.fill(0);
  const [x, dx] = [numberedThrough(rows), numberedThrough(gradients)];
  const terms = new Float32Array(anchors.length);
  let [value, active] = [0, 0];
  for (let t = 0; t < terms.length; t++) {
    const [a, p, n] = [anchors[t], positives[t], negatives[t]];
    const violation = distance.between(x[a], x[p]) - distance.between(x[a], x[n]) + margin;
    if (violation <= 0) continue;
    terms[t] = violation;
    value += upstream * violation;
    active++;
    distance.backward(x[a], x[p], upstream, dx[a], dx[p]);
    distance.backward(x[a], x[n], -upstream, dx[a], dx[n]);
  }
  return { value, terms, active };
}

/** The rows of each matrix: views. */
function numberedThrough(matrices: readonly Matrix[]): Float32Array[] {
  return matrices.flatMap((m) => Array.from({ length: m.rows }, (_, i) => row(m, i)));
}
