import { concatMap, from, map, type OperatorFunction, tap } from 'rxjs';
import { type Metric, ranked, type Ranking } from '../metrics/ranking.ts';
import type { NeighborIndex, Neighbors } from '../neighbors/neighbor-index.ts';
import type { QueryBatch } from './batches.ts';

export interface EvaluateOptions {
  /** How deep each query's ranking goes. */
  readonly depth: number;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Told of each batch and its answers before they are graded. */
  readonly seen?: (answers: Answers) => void;
}

export interface Answers {
  readonly batch: QueryBatch;
  readonly neighbors: Neighbors;
}

/** By metric, one value for each query of the batch. */
export type Values = Readonly<Record<string, Float64Array>>;

/** Answers each batch of queries from an index and grades the answers. */
export function evaluate(
  index: NeighborIndex,
  { depth, metrics, seen = () => {} }: EvaluateOptions,
): OperatorFunction<QueryBatch, Values> {
  return concatMap((batch) =>
    from(index.search(batch.queries, depth)).pipe(
      tap((neighbors) => seen({ batch, neighbors })),
      map((neighbors) => valuesOf(metrics, ranked(neighbors, batch.judgments))),
    ),
  );
}

export function valuesOf(metrics: Readonly<Record<string, Metric>>, ranking: Ranking): Values {
  return Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric(ranking)]));
}

/** Values of some queries and of those after them, as those of all. */
export function together(parts: readonly Values[]): Values {
  return Object.fromEntries(
    Object.keys(parts[0] ?? {}).map((name) => [
      name,
      Float64Array.from(parts.flatMap((part) => [...part[name]])),
    ]),
  );
}
