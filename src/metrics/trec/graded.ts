import { refuse } from '../../core/check.ts';
import type { Interned } from '../../core/interned.ts';
import { NameTable } from '../../core/name-table.ts';
import type { Entries } from '../../formats/entries.ts';

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
}

/**
 * The queries that have both judgments and a ranking, by the bytes of their names, as trec_eval 9 ranks: by score as float32,
 * the greater first, ties to the name that is greater by bytes; the ranks that a run states are not read.
 *
 * @throws RangeError if there are none
 */
export function* gradedQueries(
  qrels: Entries<Int32Array>,
  run: Entries<Float32Array>,
  names: Interned,
  { level = 1, judgedOnly = false, most = Infinity, collection = 0 }: GradeOptions = {},
): Generator<Graded, void, undefined> {
  const queries = sharedQueries(qrels, run, names);
  if (queries.length === 0) refuse('evaluate', 'the run must have a query that the qrels judge', 'none');
  const judgments = new NameTable(qrels.documents);
  for (const q of queries) {
    judgments.clear(qrels.offsets[q + 1] - qrels.offsets[q]);
    for (let i = qrels.offsets[q]; i < qrels.offsets[q + 1]; i++) judgments.add(qrels.order[i]);
    const found = pooledOf(ranking(run, q), most, run, qrels, judgments);
    const counted = judgedOnly ? withoutUnjudged(found) : found;
    const judged = judgedGrades(qrels, q);
    yield {
      query: names.name(q),
      level,
      ...counted,
      ranks: relevantRanks(counted, level),
      relevant: countFrom(judged, level),
      judged,
      collection,
    };
  }
}

/** How many queries have a judgment. */
export function judgedQueries({ offsets }: Entries<Int32Array>): number {
  let queries = 0;
  for (let q = 0; q + 1 < offsets.length; q++) if (offsets[q + 1] > offsets[q]) queries++;
  return queries;
}

function sharedQueries(qrels: Entries<Int32Array>, run: Entries<Float32Array>, names: Interned): number[] {
  const queries = Math.min(qrels.offsets.length, run.offsets.length) - 1;
  return Array.from({ length: queries }, (_, q) => q)
    .filter((q) => qrels.offsets[q + 1] > qrels.offsets[q] && run.offsets[q + 1] > run.offsets[q])
    .sort((a, b) => names.compare(a, b));
}

/** The entries of a query, best first. */
function ranking(run: Entries<Float32Array>, q: number): Uint32Array {
  const entries = run.order.slice(run.offsets[q], run.offsets[q + 1]);
  // most runs come ranked
  for (let i = 1; i < entries.length; i++) {
    if (byScore(run, entries[i - 1], entries[i]) > 0) return entries.sort((a, b) => byScore(run, a, b));
  }
  return entries;
}

function byScore({ values, documents }: Entries<Float32Array>, a: number, b: number): number {
  if (values[a] === values[b]) return documents.compare(b, a);
  return values[a] > values[b] ? -1 : 1;
}

type Pooled = Pick<Graded, 'retrieved' | 'pooled' | 'grades'>;

function pooledOf(
  entries: Uint32Array,
  most: number,
  run: Entries<Float32Array>,
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

function countFrom(grades: Int32Array, level: number): number {
  let count = 0;
  for (let i = 0; i < grades.length; i++) if (grades[i] >= level) count++;
  return count;
}
