import { concatMap, from, map, type OperatorFunction, tap } from 'rxjs';
import { type Metric, ranked } from '../metrics/ranking.ts';
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
      map((neighbors) => ranked(neighbors, batch.judgments)),
      map((ranking) =>
        Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric(ranking)])),
      ),
    ),
  );
}
