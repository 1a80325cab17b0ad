import { matrix, type Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import type { TopK } from '../kernels/kernels.ts';
import { mergedTopK } from '../neighbors/merged-top-k.ts';
import { type NeighborIndex, neighborsFrom, type RecallEstimate } from '../neighbors/neighbor-index.ts';
import { bootstrap } from './bootstrap.ts';
import { indexRecall } from './index-recall.ts';

export interface LiveRecallOptions {
  /** Neighbors a query is given. @default 10 */
  readonly k?: number;
  /** Stored rows as a model embeds them now, by id: some thousands are asked for at a time, all of them in turn. */
  readonly embedded?: (ids: Uint32Array) => Matrix | Promise<Matrix>;
  /** @default 0 */
  readonly seed?: number;
}

export interface LiveRecall {
  /** against a search of every row as it is stored: what the graph misses */
  readonly own: RecallEstimate;
  /** against a search of every row as it is embedded now: what the graph misses and what is out of date; where `embedded` was given */
  readonly now?: RecallEstimate;
}

/** Stored rows that are embedded at a time. */
const AT_ONCE = 4096;

/**
 * What an index under a model that learns still finds of the true neighbors of some queries, which the model has just embedded. Costs a
 * search of every row, and with `embedded` the embedding of all that is stored; memory for some thousands of rows.
 *
 * @throws RangeError if the queries do not fit the index, or `embedded` gives another number of rows than it was asked for
 */
export async function liveRecall(
  index: NeighborIndex,
  queries: Matrix,
  { k = 10, embedded, seed = 0 }: LiveRecallOptions = {},
): Promise<LiveRecall> {
  const found = await index.search(queries, k);
  const estimate = (values: Float64Array): RecallEstimate => ({
    k,
    recall: values.reduce((sum, value) => sum + value, 0) / values.length,
    interval: bootstrap(values, { resamples: 2000, seed }),
    queries: values.length,
  });
  const own = estimate(indexRecall(found, await index.search(queries, k, { exact: true })));
  if (embedded === undefined) return { own };

  const truth = await nearestNow(index, queries, k, embedded);
  const values = Float64Array.from(truth.found, (count, q) => {
    if (count === 0) return 1;
    const given = new Set(found.ids.subarray(q * k, q * k + found.found[q]));
    return truth.ids.subarray(q * k, q * k + count).filter((id) => given.has(id)).length / count;
  });
  return { own, now: estimate(values) };
}

/** The nearest of all stored rows as they are embedded now. */
async function nearestNow(
  { distance, ids: stored, dim }: NeighborIndex,
  queries: Matrix,
  k: number,
  embedded: NonNullable<LiveRecallOptions['embedded']>,
) {
  const ids = stored().sort();
  const { similarity } = distance;
  let best: TopK | undefined;
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    const some = ids.subarray(first, first + AT_ONCE);
    const rows = matrix(some.length, dim, (await embedded(some)).data);
    const found = await kernels.later.topK(queries, { rows, ids: some }, Math.min(k, some.length), {
      similarity,
    });
    for (let e = 0; e < found.rows.length; e++) found.rows[e] += first;
    best = best === undefined ? found : mergedTopK(best, found, Math.min(k, first + some.length), ids);
  }
  return neighborsFrom(best, queries.rows, k, ids, distance);
}
