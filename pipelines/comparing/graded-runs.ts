import { refuse } from '../../src/core/check.ts';
import { Interned } from '../../src/core/interned.ts';
import { readQrels, readRun } from '../../src/formats/trec.ts';
import { unjudgedAt } from '../../src/metrics/trec/precision.ts';
import { chosen } from '../../src/metrics/trec/chosen.ts';
import { type Graded, gradedQueries } from '../../src/metrics/trec/graded.ts';

/** Ranks at which documents without a judgment are counted. */
const TOP = 10;

/** Several runs, graded on the same queries. */
export interface GradedRuns {
  /** all that have a judgment, by the bytes of their names */
  readonly queries: readonly string[];
  /** queries of them without a relevant document: 0 for every run */
  readonly withoutRelevant: number;
  /** such as ndcg_cut_10 */
  readonly measures: readonly string[];
  readonly runs: readonly GradedRun[];
}

export interface GradedRun {
  readonly path: string;
  readonly tag: string;
  /** queries; 1 where the run has the query, 0 where it is missing */
  readonly ranked: Uint8Array;
  /** measures, each by queries; 0 where the query is missing */
  readonly values: readonly Float64Array[];
  /** of the 10 best documents of a query, or of those there are, the share that has no judgment; the mean over the run's queries */
  readonly unjudged: number;
}

/**
 * Grades runs by trec_eval's measures, each of which must be a number a query.
 *
 * @throws RangeError if a measure is none, a file does not fit, or a run has no judged query
 */
export async function gradedRuns(
  qrelsPath: string,
  runPaths: readonly string[],
  measureNames: readonly string[],
  level: number,
): Promise<GradedRuns> {
  const columns = columnsOf(measureNames);
  const names = new Interned();
  const qrels = await readQrels(qrelsPath, names);
  const judged = Array.from({ length: qrels.offsets.length - 1 }, (_, q) => q)
    .filter((q) => qrels.offsets[q + 1] > qrels.offsets[q])
    .sort((a, b) => names.compare(a, b));
  const queries = judged.map((q) => names.name(q));
  const placeOf = new Map(queries.map((query, place) => [query, place]));
  const runs: GradedRun[] = [];
  for (const path of runPaths) {
    const run = await readRun(path, names);
    const ranked = new Uint8Array(queries.length);
    const values = columns.map(() => new Float64Array(queries.length));
    let unjudged = 0;
    for (const graded of gradedQueries(qrels, run, names, { level })) {
      const place = placeOf.get(graded.query) ?? refuse(path, 'a query must be judged', graded.query);
      ranked[place] = 1;
      unjudged += unjudgedOf(graded);
      columns.forEach(({ label, value }, m) => {
        const found = value(graded);
        if (!Number.isFinite(found))
          refuse(`-m ${label}`, `must be a number for query ${graded.query}`, found);
        values[m][place] = found;
      });
    }
    const count = ranked.reduce((sum, one) => sum + one, 0);
    runs.push({ path, tag: run.tag, ranked, values, unjudged: unjudged / count });
  }
  const withoutRelevant = judged.filter((q) =>
    qrels.order.subarray(qrels.offsets[q], qrels.offsets[q + 1]).every((e) => qrels.values[e] < level),
  ).length;
  return { queries, withoutRelevant, measures: columns.map(({ label }) => label), runs };
}

interface Column {
  readonly label: string;
  value(query: Graded): number;
}

/** Those of the measures that are a number a query and a mean over all; of a name for several the others are passed over. */
function columnsOf(names: readonly string[]): readonly Column[] {
  const columns = chosen(names).flatMap(({ measure, labels, as, value }) => {
    if (measure.each && measure.overall === 'mean' && as === 'real')
      return labels.map((label, i): Column => ({ label, value: (query) => Number(value(query, i)) }));
    if (names.some((name) => name.split('.')[0] === measure.name))
      refuse(`-m ${measure.name}`, 'must be a measure whose mean over queries is compared', measure.overall);
    return [];
  });
  if (columns.length === 0)
    refuse('compare', '-m must name a measure that is a number a query', names.join(' '));
  return columns;
}

/** The share of the first documents, or of those there are, that nobody judged. */
function unjudgedOf(query: Graded): number {
  return (unjudgedAt(query, TOP) * TOP) / Math.min(TOP, query.retrieved);
}
