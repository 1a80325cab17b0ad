/** What two rows are to one another: of no account, negatives, positives. */
export type Relation = 0 | -1 | 1;

/** One anchor's pairs: x, a similarity times the scale or a distance, and who each is. */
export interface AnchorPairs {
  /** its row */
  readonly anchor: number;
  readonly x: Float64Array;
  readonly relations: readonly Relation[];
  /** |a - b|² of a pair, of rows as the geometry sees them */
  readonly squareApart: (pair: number) => number;
  /** of a loss that prepares: what it prepared for the anchor and for each of its pairs' others */
  readonly prepared: number;
  readonly preparedOf: (pair: number) => number;
}

export interface AnchorTerms {
  readonly sums: readonly [number, number];
  readonly counted: readonly [number, number];
  readonly active: readonly [number, number];
  /** the second kind's slopes, where there are two */
  readonly apart?: Float64Array;
  /** the slopes along what was prepared of the anchor and of each of its pairs' others, beside those along x */
  readonly ofPrepared?: { readonly own: number; readonly others: Float64Array };
}

export function one(term: number): AnchorTerms {
  return { sums: [term, 0], counted: [1, 0], active: [term > 0 ? 1 : 0, 0] };
}

/** An anchor that has no term. */
export function nothing(x: Float64Array): AnchorTerms {
  x.fill(0);
  return { sums: [0, 0], counted: [0, 0], active: [0, 0] };
}

export function count(relations: readonly Relation[], relation: Relation): number {
  let counted = 0;
  for (const each of relations) if (each === relation) counted++;
  return counted;
}

export function meanOf(x: Float64Array, relations: readonly Relation[]): number {
  let sum = 0;
  for (let j = 0; j < x.length; j++) if (relations[j] === 1) sum += x[j];
  return sum / count(relations, 1);
}

/** log Σ exp(logit(x)) over the pairs of one relation; -Infinity where there are none. */
export function logSumExp(
  x: Float64Array,
  relations: readonly Relation[],
  relation: Relation,
  logit: (x: number) => number = (same) => same,
): number {
  let largest = -Infinity;
  for (let j = 0; j < x.length; j++) if (relations[j] === relation) largest = Math.max(largest, logit(x[j]));
  if (largest === -Infinity) return largest;
  let sum = 0;
  for (let j = 0; j < x.length; j++) if (relations[j] === relation) sum += Math.exp(logit(x[j]) - largest);
  return largest + Math.log(sum);
}
