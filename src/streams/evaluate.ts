import { concatMap, from, map, type OperatorFunction } from 'rxjs';
import { type Metric, ranked } from '../metrics/ranking.ts';
import type { NeighborIndex } from '../neighbors/neighbor-index.ts';
import type { QueryBatch } from './batches.ts';

export interface EvaluateOptions {
  /** How deep each query's ranking goes. */
  readonly depth: number;
  readonly metrics: Readonly<Record<string, Metric>>;
}

/** By metric, one value for each query of the batch. */
export type Values = Readonly<Record<string, Float64Array>>;

/** Answers each batch of queries from an index and grades the answers. */
export function evaluate(
  index: NeighborIndex,
  { depth, metrics }: EvaluateOptions,
): OperatorFunction<QueryBatch, Values> {
  return concatMap(({ queries, judgments }) =>
    from(index.search(queries, depth)).pipe(
      map((neighbors) => ranked(neighbors, judgments)),
      map((ranking) =>
        Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric(ranking)])),
      ),
    ),
  );
}
