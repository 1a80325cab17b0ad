import { checkEqual } from '../core/check.ts';
import type { Judgments } from '../core/judgments.ts';

/** What was retrieved for each query, as grades: all that a metric of rankings needs. */
export interface Ranking {
  readonly queries: number;
  readonly depth: number;
  /** queries × depth; the grade of the document at each rank, 0 where it is not judged or there is none */
  readonly grades: Float32Array;
  /** every grade above 0 that the judgments give query i, best first: judged[offsets[i]] … */
  readonly judged: Float32Array;
  /** queries + 1 */
  readonly offsets: Uint32Array;
  /** queries × depth, of scored lists; what each rank scored, for those who ask for ties */
  readonly scores?: Float64Array;
  /** queries, of scored lists; how many documents there were to rank, all of which are ranked */
  readonly candidates?: Uint32Array;
}

/** One value a query; means, intervals and tests are made of them. */
export type Metric = (ranking: Ranking) => Float64Array;

/**
 * Grades what a search gave.
 *
 * @throws RangeError if there are not as many judgments as queries
 */
export function ranked(
  neighbors: { readonly k: number; readonly ids: Uint32Array; readonly found: Uint32Array },
  judgments: readonly Judgments[],
): Ranking {
  const { k, ids, found } = neighbors;
  checkEqual('ranked', 'judgments.length', judgments.length, found.length);
  const grades = new Float32Array(found.length * k);
  const offsets = new Uint32Array(found.length + 1);
  const judged: number[] = [];
  judgments.forEach((judgment, q) => {
    const [start, end] = [q * k, q * k + found[q]];
    if (judgment.size > FEW) for (let e = start; e < end; e++) grades[e] = judgment.get(ids[e]) ?? 0;
    else {
      for (const [id, grade] of judgment)
        for (let e = start; e < end; e++) if (ids[e] === id) grades[e] = grade;
    }
    for (const grade of [...judgment.values()].filter((grade) => grade > 0).sort((a, b) => b - a))
      judged.push(grade);
    offsets[q + 1] = judged.length;
  });
  return { queries: found.length, depth: k, grades, judged: Float32Array.from(judged), offsets };
}

/** Judged documents that are sooner looked for one after the other among those ranked than each of those is looked up. */
const FEW = 8;

/** How many relevant documents (grade above 0) are among the first k of query q. */
export function hitsWithin(k: number, { depth, grades }: Ranking, q: number): number {
  let hits = 0;
  for (let e = q * depth; e < q * depth + Math.min(k, depth); e++) if (grades[e] > 0) hits++;
  return hits;
}

/** How many relevant documents query q has. */
export function relevantTo({ offsets }: Ranking, q: number): number {
  return offsets[q + 1] - offsets[q];
}
