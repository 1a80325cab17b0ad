import type { HierarchicalNSW } from 'hnswlib-node';
import { checkWhole, refuse } from '../core/check.ts';
import { row, rowsBetween, type Matrix } from '../core/matrix.ts';
import { pauses } from '../core/patience.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { kernels } from '../kernels/active.ts';
import { excludedBy } from '../kernels/exclusion.ts';
import { type NeighborIndex, neighborsOf, type SearchOptions } from './neighbor-index.ts';
import { store } from './store.ts';

export interface HnswOptions {
  readonly dim: number;
  /** @default cosine */
  readonly distance?: Distance;
  /** Links a row keeps on each level, twice as many on the lowest. @default 16 */
  readonly M?: number;
  /** Candidates kept while a row is linked. @default 200 */
  readonly efConstruction?: number;
  /** Candidates kept in a search; a search uses at least k. @default 100 */
  readonly ef?: number;
  /** Draws the levels. Same rows, same order, same seed: same graph. @default 0 */
  readonly seed?: number;
}

/**
 * Approximate neighbors through a navigable small-world graph.
 *
 * New rows are linked as they come. A replaced row is read and measured as it is now, but the graph finds it where it was
 * until `refresh` builds the graph again: linking a row twice costs several times as much and loses rows. By `dot`, which
 * is no metric, a graph finds fewer of the true neighbors than by the other distances: raise `ef`, or use `exact`.
 *
 * @throws RangeError if dim, efConstruction or ef is not a whole number >= 1 or M not one >= 2; Error, at the first call, if hnswlib-node is missing
 * @see Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using HNSW graphs", 2018
 */
export function hnsw({
  dim,
  distance = cosine,
  M = 16,
  efConstruction = 200,
  ef = 100,
  seed = 0,
}: HnswOptions): NeighborIndex {
  checkWhole('hnsw', 'dim', dim, 1);
  checkWhole('hnsw', 'M', M, 2);
  checkWhole('hnsw', 'efConstruction', efConstruction, 1);
  checkWhole('hnsw', 'ef', ef, 1);
  checkWhole('hnsw', 'seed', seed);
  const library = loadHnswlib();
  library.catch(() => {}); // told by the first call that needs it
  const pointsOf = (rows: Matrix): Matrix =>
    distance.similarity === 'cosine' ? kernels.normalize(rows).unit : rows;
  const space = distance.similarity === 'euclidean' ? 'l2' : 'ip';

  const stored = store('hnsw', dim);
  let graph: HierarchicalNSW | undefined;
  let linked = 0;
  let replaced = false;
  let disposed = false;

  /** Links the stored rows that are not linked yet. */
  const link = async (): Promise<void> => {
    graph ??= await emptyGraph();
    if (stored.size > graph.getMaxElements()) {
      graph.resizeIndex(Math.max(stored.size, 2 * graph.getMaxElements()));
    }
    const first = linked;
    const points = pointsOf(rowsBetween(stored.rows, first, stored.size));
    const pause = pauses();
    for (; linked < stored.size; linked++) {
      graph.addPoint(Array.from(row(points, linked - first)), linked);
      await pause();
    }
  };
  const emptyGraph = async (): Promise<HierarchicalNSW> => {
    const { HierarchicalNSW } = await library;
    const empty = graph ?? new HierarchicalNSW(space, dim);
    empty.initIndex({ maxElements: Math.max(16, stored.size), m: M, efConstruction, randomSeed: seed });
    linked = 0;
    return empty;
  };

  let last: Promise<unknown> = Promise.resolve();
  /** One call after the other, in the order they are made: each gives way to the event loop halfway. */
  const inTurn = <Args extends readonly unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
    return (...args: Args): Promise<Result> => {
      const turn = last.then(() => {
        if (disposed) refuse('hnsw', 'an index must not be used after dispose()', 'a call');
        return call(...args);
      });
      last = turn.catch(() => {});
      return turn;
    };
  };

  return {
    dim,
    distance,
    get size() {
      return stored.size;
    },
    add: inTurn(async (rows: Matrix, ids: Uint32Array, classes?: Int32Array) => {
      await library;
      const before = stored.size;
      stored.put(rows, ids, classes);
      replaced ||= stored.size < before + rows.rows;
      await link();
    }),
    refresh: inTurn(async () => {
      if (!replaced) return;
      graph = await emptyGraph();
      await link();
      replaced = false;
    }),
    search: inTurn(async (queries: Matrix, k: number, { exclude, ef: searchEf = ef }: SearchOptions = {}) => {
      stored.checkQueries(queries, k, exclude);
      checkWhole('hnsw.search', 'ef', searchEf, 1);
      const { neighbors, give } = neighborsOf(queries.rows, k);
      if (graph === undefined || stored.size === 0) return neighbors;
      graph.setEf(Math.max(searchEf, Math.min(k, stored.size)));
      const points = pointsOf(queries);
      const excluded = exclude && excludedBy(exclude, stored);
      const pause = pauses();
      for (let q = 0; q < queries.rows; q++) {
        const filter = excluded && ((slot: number): boolean => !excluded(q, slot));
        const found = graph.searchKnn(Array.from(row(points, q)), Math.min(k, stored.size), filter);
        const query = row(queries, q);
        // by the float32 scores of the rows as they are now, as an exact index would
        found.neighbors
          .map((slot) => ({
            id: stored.ids[slot],
            score: Math.fround(distance.score(query, row(stored.rows, slot))),
          }))
          .sort((a, b) => b.score - a.score || a.id - b.id)
          .forEach(({ id, score }) => give(q, id, distance.fromScore(score)));
        await pause();
      }
      return neighbors;
    }),
    read: (ids) => stored.read(ids),
    dispose() {
      disposed = true;
      graph = undefined;
      stored.clear();
    },
  };
}

async function loadHnswlib() {
  try {
    return (await import('hnswlib-node')).default;
  } catch (error) {
    const reason = String(error instanceof Error ? error.message : error).split('\n')[0];
    throw new Error(
      `hnsw: hnswlib-node must be installed and built (it needs a C++ compiler), got ${reason}`,
      {
        cause: error,
      },
    );
  }
}
