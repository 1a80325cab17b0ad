import { tap } from 'rxjs';
import type { Matrix } from '../src/core/matrix.ts';
import { refuse } from '../src/core/check.ts';
import { relevant } from '../src/core/judgments.ts';
import type { Distance } from '../src/distances/distance.ts';
import type { DataFolder, NamedFolder, Split } from '../src/formats/data-folder.ts';
import { bootstrapTogether } from '../src/metrics/bootstrap.ts';
import { mrr } from '../src/metrics/mrr.ts';
import { ndcg } from '../src/metrics/ndcg.ts';
import type { Metric } from '../src/metrics/ranking.ts';
import { recall } from '../src/metrics/recall.ts';
import { exact } from '../src/neighbors/exact.ts';
import type { QueryBatch, RowBatch } from '../src/streams/batches.ts';
import { documents } from '../src/streams/documents.ts';
import { type Answers, evaluate, together, type Values } from '../src/streams/evaluate.ts';
import { pull } from '../src/streams/pull.ts';
import { queries } from '../src/streams/queries.ts';
import { remember } from '../src/streams/remember.ts';
import { run } from './interruption.ts';
import { progress } from './progress.ts';

/** The figures of every report, in its order. */
export const METRICS = { 'ndcg@10': ndcg(10), 'recall@100': recall(100), mrr: mrr() } as const;

export interface RetrievalOptions {
  readonly distance: Distance;
  /** How deep each query's ranking goes. */
  readonly depth: number;
  /** What becomes of stored vectors before they are compared. */
  readonly encode?: (vectors: Matrix) => Matrix;
  /** The same of queries. @default encode */
  readonly encodeQueries?: (vectors: Matrix) => Matrix;
  /** Told of each batch of answers, in the split's order. */
  readonly seen?: (answers: Answers) => void;
  readonly task: string;
  readonly signal: AbortSignal;
}

/** Ranks the whole corpus for each query of a split, exactly, and grades the rankings: one value a query for each figure. */
export async function retrieval(data: DataFolder, split: Split, options: RetrievalOptions): Promise<Values> {
  const { distance, depth, encode, encodeQueries = encode, seen, task, signal } = options;
  const shown = progress(task);
  const values = await graded(
    documents(data.corpus, { encode }),
    queries(data, split, { encode: encodeQueries }),
    {
      dim: data.corpus.vectors.cols,
      distance,
      depth,
      metrics: METRICS,
      seen,
      answered: (count) => shown.at(count / split.queries.length),
      signal,
    },
  );
  shown.done(`${split.queries.length} queries`);
  return values;
}

export interface GradedOptions extends Pick<RetrievalOptions, 'distance' | 'depth' | 'seen' | 'signal'> {
  readonly dim: number;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Told how many queries were answered so far. */
  readonly answered?: (count: number) => void;
}

/** The same of documents and queries as they come, by any metrics. */
export async function graded(
  documents: Iterable<RowBatch> | AsyncIterable<RowBatch>,
  queries: Iterable<QueryBatch> | AsyncIterable<QueryBatch>,
  { dim, distance, depth, metrics, seen, answered = () => {}, signal }: GradedOptions,
): Promise<Values> {
  const index = exact({ dim, distance });
  const values: Values[] = [];
  let count = 0;
  await run(pull(documents, remember(index)), signal);
  await run(
    pull(queries, evaluate(index, { depth, metrics, seen })).pipe(
      tap((batch) => {
        values.push(batch);
        count += Object.values(batch)[0].length;
        answered(count);
      }),
    ),
    signal,
  );
  index.dispose();
  return together(values);
}

/** How deep rankings go: what was asked for, or 1000, or the whole of a smaller corpus. */
export function depthOf({ corpus, path }: NamedFolder, asked: number | undefined): number {
  const rows = corpus.names.size;
  if (asked !== undefined && asked > rows)
    refuse('evaluate', `--depth must be at most ${rows}, the documents in ${path}`, asked);
  return asked ?? Math.min(1000, rows);
}

export interface Figure {
  readonly mean: number;
  readonly interval: readonly [low: number, high: number];
}

export type Figures = Readonly<Record<string, Figure>>;

/**
 * Means over all queries of several systems, by name, with 95 % intervals; queries about one headword are resampled
 * together, and the same draws serve all systems.
 */
export async function figures<Name extends string>(
  systems: Readonly<Record<Name, Values>>,
  groups: Int32Array,
  seed: number,
): Promise<Readonly<Record<Name, Figures>>>;
export async function figures(systems: Readonly<Record<string, Values>>, groups: Int32Array, seed: number) {
  const shown = progress('resampling');
  const columns = Object.entries(systems).flatMap(([system, values]) =>
    Object.entries(values).map(([metric, each]) => [`${system} ${metric}`, each] as const),
  );
  const intervals = await bootstrapTogether(Object.fromEntries(columns), { groups, seed });
  shown.done();
  return Object.fromEntries(
    Object.entries(systems).map(([system, values]) => [
      system,
      Object.fromEntries(
        Object.entries(values).map(([metric, each]) => {
          const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
          return [metric, { mean, interval: intervals[`${system} ${metric}`] }];
        }),
      ),
    ]),
  );
}

/** One system less another, query by query: what a paired comparison is made of. */
export function differences(after: Values, before: Values): Values {
  return Object.fromEntries(
    Object.entries(after).map(([name, each]) => [name, each.map((value, q) => value - before[name][q])]),
  );
}

/** For each query of a split a number that queries about one headword share: the group of its first relevant document. */
export function headwords({ corpus }: NamedFolder, { judgments }: Split): Int32Array {
  return Int32Array.from(judgments, (judged, q) => {
    const [first] = relevant(judged);
    return first === undefined ? -1 - q : corpus.groups[corpus.names.rowOf[first]];
  });
}
