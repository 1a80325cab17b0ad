import { refuse } from '../../core/check.ts';
import type { Interned } from '../../core/interned.ts';
import { NameTable } from '../../core/name-table.ts';
import type { Column, Entries } from '../../formats/entries.ts';
import { byName, countOf, has, ranking, type Scores } from './ranked-entries.ts';

/** The grade of a document whose judgment is below 0: it was pooled, and nobody judged it. */
export const NOT_JUDGED = -2;

/** What a run retrieved for a query, as grades: all that a measure of trec_eval needs. */
export interface Graded {
  readonly query: string;
  /** the least grade that makes a document relevant */
  readonly level: number;
  /** documents retrieved */
  readonly retrieved: number;
  /** the ranks, from 1, of the documents retrieved that have a judgment: of those that were pooled */
  readonly pooled: Uint32Array;
  /** the grade at each of these ranks, or NOT_JUDGED */
  readonly grades: Int32Array;
  /** the ranks of the relevant documents that were retrieved */
  readonly ranks: Uint32Array;
  /** R: relevant documents, retrieved or not */
  readonly relevant: number;
  /** the grades >= 0 that the judgments give, retrieved or not, best first */
  readonly judged: Int32Array;
  /** those of the judgments that are below 0 */
  readonly notJudged: number;
  /** documents in the collection, as it was told; 0 if it was not */
  readonly collection: number;
}

export interface GradeOptions {
  /** the least grade that makes a document relevant. @default 1 */
  readonly level?: number;
  /** take documents without a judgment out of the run. @default false */
  readonly judgedOnly?: boolean;
  /** documents of the run that count for each query. @default all */
  readonly most?: number;
  /** documents in the collection, for utility alone. @default 0 */
  readonly collection?: number;
  /** of equal scores the name that is less by bytes stands first, not the greater. @default false */
  readonly ascending?: boolean;
  /** leave out queries without a relevant document. @default false */
  readonly answerable?: boolean;
  /** grade queries that are not in the run too, as those of an empty ranking. @default false */
  readonly missing?: boolean;
}

/**
 * The queries that have both judgments and a ranking, by the bytes of their names, as trec_eval 9 ranks: by score as float32,
 * the greater first, ties to the name that is greater by bytes; the ranks that a run states are not read.
 *
 * @throws RangeError if there are none
 */
export function* gradedQueries(
  qrels: Entries<Int32Array>,
  run: Entries<Scores>,
  names: Interned,
  options: GradeOptions = {},
): Generator<Graded, void, undefined> {
  const { level = 1, judgedOnly = false, most = Infinity, collection = 0 } = options;
  const { ascending = false, answerable = false, missing = false } = options;
  const shared = byName(names, (q) => has(qrels, q) && has(run, q));
  if (shared.length === 0) refuse('evaluate', 'the run must have a query that the qrels judge', 'none');
  const judgments = new NameTable(qrels.documents);
  for (const q of missing ? byName(names, (q) => has(qrels, q)) : shared) {
    const judged = judgedGrades(qrels, q);
    const relevant = countFrom(judged, level);
    if (answerable && relevant === 0) continue;
    judgments.clear(countOf(qrels, q));
    for (let i = qrels.offsets[q]; i < qrels.offsets[q + 1]; i++) judgments.add(qrels.order[i]);
    const found = pooledOf(ranking(run, q, ascending), most, run, qrels, judgments);
    const counted = judgedOnly ? withoutUnjudged(found) : found;
    yield {
      query: names.name(q),
      level,
      ...counted,
      ranks: relevantRanks(counted, level),
      relevant,
      judged,
      notJudged: countOf(qrels, q) - judged.length,
      collection,
    };
  }
}

/** The queries that have a judgment, and a relevant document where that is asked for. */
export function judgedQueries(
  qrels: Entries<Int32Array>,
  names: Interned,
  { level = 1, answerable = false }: GradeOptions = {},
): readonly number[] {
  return byName(names, (q) => has(qrels, q) && (!answerable || countFrom(judgedGrades(qrels, q), level) > 0));
}

/** Those that are not in the run, or not in the qrels. */
export function without(queries: readonly number[], entries: Entries<Column>): readonly number[] {
  return queries.filter((q) => !has(entries, q));
}

type Pooled = Pick<Graded, 'retrieved' | 'pooled' | 'grades'>;

function pooledOf(
  entries: Uint32Array,
  most: number,
  run: Entries<Scores>,
  qrels: Entries<Int32Array>,
  judgments: NameTable,
): Pooled {
  const retrieved = Math.min(entries.length, most);
  const pooled = new Uint32Array(retrieved);
  const grades = new Int32Array(retrieved);
  let count = 0;
  for (let i = 0; i < retrieved; i++) {
    const judgment = judgments.find(run.documents, entries[i]);
    if (judgment < 0) continue;
    pooled[count] = i + 1;
    grades[count++] = qrels.values[judgment] < 0 ? NOT_JUDGED : qrels.values[judgment];
  }
  return { retrieved, pooled: pooled.slice(0, count), grades: grades.slice(0, count) };
}

function withoutUnjudged({ grades }: Pooled): Pooled {
  const judged = grades.filter((grade) => grade >= 0);
  return { retrieved: judged.length, pooled: Uint32Array.from(judged, (_, i) => i + 1), grades: judged };
}

function judgedGrades({ offsets, order, values }: Entries<Int32Array>, q: number): Int32Array {
  const grades = new Int32Array(offsets[q + 1] - offsets[q]);
  let count = 0;
  for (let i = offsets[q]; i < offsets[q + 1]; i++) {
    if (values[order[i]] >= 0) grades[count++] = values[order[i]];
  }
  return grades.subarray(0, count).sort().toReversed();
}

function relevantRanks({ pooled, grades }: Pooled, level: number): Uint32Array {
  const ranks = new Uint32Array(countFrom(grades, level));
  for (let i = 0, c = 0; i < grades.length; i++) if (grades[i] >= level) ranks[c++] = pooled[i];
  return ranks;
}

/** How many are at least so much. */
export function countFrom(grades: Int32Array, level: number): number {
  let count = 0;
  for (let i = 0; i < grades.length; i++) if (grades[i] >= level) count++;
  return count;
}
