import type { Triplets } from '../core/batches.ts';
import { row, type Matrix } from '../core/matrix.ts';
import { geometryOf, ofUnitRowsAs } from '../distances/geometry.ts';
import type { LossTerms } from '../kernels/kernels.ts';
import { ask, pause, type Steps } from './promised.ts';
import { type TripletRule, violated } from './triplet-rule.ts';

/** Triplets between two pauses. */
const TRIPLETS = 1024;

interface Listed {
  /** numbered through, the first's rows first */
  readonly rows: readonly Matrix[];
  readonly triplets: Triplets;
  readonly rule: TripletRule;
  readonly upstream: number;
}

/** The terms of some triplets and the gradient of each matrix, overwritten: by the kernels where they know the rule, and otherwise a triplet at a time. */
export function* listedTriplets(input: Listed, gradients: readonly Matrix[]): Steps<LossTerms> {
  const { rows, triplets, rule, upstream } = input;
  const { distance, margin, swap, softMargin, weightOf } = rule;
  const ofUnits = ofUnitRowsAs(distance);
  const geometry = geometryOf(ofUnits ?? distance);
  if (swap || softMargin || weightOf !== undefined || geometry === undefined)
    return yield* oneByOne(input, gradients);
  if (ofUnits === undefined)
    return yield* ask((by) => by.triplets({ rows, triplets, geometry, margin, upstream }, gradients));
  const normalized = [];
  for (const each of rows) normalized.push(yield* ask((by) => by.normalize(each)));
  const units = normalized.map(({ unit }) => unit);
  const found = yield* ask((by) =>
    by.triplets({ rows: units, triplets, geometry, margin, upstream }, gradients),
  );
  for (const [m, each] of normalized.entries()) {
    yield* ask((by) => by.normalizeBackward(each, gradients[m], gradients[m]));
  }
  return found;
}

function* oneByOne(
  { rows, triplets: { anchors, positives, negatives }, rule, upstream }: Listed,
  gradients: readonly Matrix[],
): Steps<LossTerms> {
  const { distance, swap } = rule;
  for (const { data } of gradients) data.fill(0);
  const [x, dx] = [numberedThrough(rows), numberedThrough(gradients)];
  const away = (i: number, j: number): number => distance.between(x[i], x[j]);
  const descend = (i: number, j: number, slope: number): void => {
    if (slope !== 0) distance.backward(x[i], x[j], upstream * slope, dx[i], dx[j]);
  };
  const terms = new Float32Array(anchors.length);
  let [sum, active] = [0, 0];
  for (let t = 0; t < terms.length; t++) {
    const [a, p, n] = [anchors[t], positives[t], negatives[t]];
    const weight = rule.weightOf?.(a) ?? 1;
    const other = swap ? away(p, n) : undefined;
    const { term, slope, ofOther } = violated(rule, away(a, p), away(a, n), other);
    terms[t] = weight * term;
    sum += weight * term;
    if (term > 0) active++;
    descend(a, p, weight * slope);
    descend(a, n, -weight * slope * (1 - ofOther));
    descend(p, n, -weight * slope * ofOther);
    if (t % TRIPLETS === 0) yield* pause();
  }
  return { value: upstream * sum, terms, active };
}

/** The rows of each matrix: views. */
function numberedThrough(matrices: readonly Matrix[]): Float32Array[] {
  return matrices.flatMap((m) => Array.from({ length: m.rows }, (_, i) => row(m, i)));
}
