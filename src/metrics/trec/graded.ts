import { refuse } from '../../core/check.ts';
import type { Entries, Names } from '../../formats/entries.ts';

/** The grade of a document that has no judgment. */
export const NOT_POOLED = -1;
/** The grade of a document whose judgment is below 0: it was pooled, and nobody judged it. */
export const NOT_JUDGED = -2;

/** What a run retrieved for a query, as grades: all that a measure of trec_eval needs. */
export interface Graded {
  readonly query: string;
  /** the least grade that makes a document relevant */
  readonly level: number;
  /** the grade at each rank, best first: what the judgments say, NOT_POOLED or NOT_JUDGED */
  readonly grades: Int32Array;
  /** the ranks, from 1, of the relevant documents that were retrieved */
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
  names: Names,
  { level = 1, judgedOnly = false, most = Infinity, collection = 0 }: GradeOptions = {},
): Generator<Graded, void, undefined> {
  /** of the query at hand: the grade of each document, where gradedFor says so */
  const gradeOf = new Int32Array(names.documents.size);
  const gradedFor = new Uint32Array(names.documents.size);
  const queries = sharedQueries(qrels, run, names);
  if (queries.length === 0) refuse('evaluate', 'the run must have a query that the qrels judge', 'none');

  for (const q of queries) {
    for (let i = qrels.offsets[q]; i < qrels.offsets[q + 1]; i++) {
      const e = qrels.order[i];
      gradeOf[qrels.documents[e]] = qrels.values[e];
      gradedFor[qrels.documents[e]] = q + 1;
    }
    const all = Int32Array.from(ranking(run, q, names).subarray(0, most), (e) => {
      const document = run.documents[e];
      if (gradedFor[document] !== q + 1) return NOT_POOLED;
      return gradeOf[document] < 0 ? NOT_JUDGED : gradeOf[document];
    });
    const grades = judgedOnly ? all.filter((grade) => grade >= 0) : all;
    const judged = judgedGrades(qrels, q);
    yield {
      query: names.queries.name(q),
      level,
      grades,
      ranks: ranksOf(grades, level),
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

function sharedQueries(qrels: Entries<Int32Array>, run: Entries<Float32Array>, names: Names): number[] {
  const queries = Math.min(qrels.offsets.length, run.offsets.length) - 1;
  return Array.from({ length: queries }, (_, q) => q)
    .filter((q) => qrels.offsets[q + 1] > qrels.offsets[q] && run.offsets[q + 1] > run.offsets[q])
    .sort((a, b) => names.queries.compare(a, b));
}

/** The entries of a query, best first. */
function ranking(
  { offsets, order, documents, values }: Entries<Float32Array>,
  q: number,
  names: Names,
): Uint32Array {
  const entries = order.slice(offsets[q], offsets[q + 1]);
  const byScore = (a: number, b: number): number =>
    values[a] === values[b]
      ? names.documents.compare(documents[b], documents[a])
      : values[a] > values[b]
        ? -1
        : 1;
  // most runs come ranked
  const ranked = entries.every((entry, i) => i === 0 || byScore(entries[i - 1], entry) <= 0);
  return ranked ? entries : entries.sort(byScore);
}

function judgedGrades({ offsets, order, values }: Entries<Int32Array>, q: number): Int32Array {
  const grades = Int32Array.from(order.subarray(offsets[q], offsets[q + 1]), (e) => values[e]);
  return grades
    .filter((grade) => grade >= 0)
    .sort()
    .toReversed();
}

function ranksOf(grades: Int32Array, level: number): Uint32Array {
  const ranks = new Uint32Array(countFrom(grades, level));
  for (let i = 0, c = 0; i < grades.length; i++) if (grades[i] >= level) ranks[c++] = i + 1;
  return ranks;
}

function countFrom(grades: Int32Array, level: number): number {
  let count = 0;
  for (const grade of grades) if (grade >= level) count++;
  return count;
}
