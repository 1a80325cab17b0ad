import { checkWhole, refuse } from '../core/check.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import type { TopK } from '../kernels/kernels.ts';
import { aheadOfLinking } from '../kernels/native/graph.ts';
import { checkDim, checkObject, checkSearch } from './check-stored.ts';
import { fewAllowed, scanOnly } from './few-allowed.ts';
import { graphOrRefusal, type LiveGraph, liveGraph, type LiveState } from './live-graph.ts';
import { mergedTopK } from './merged-top-k.ts';
import { type NeighborIndex, neighborsFrom, type SearchOptions } from './neighbor-index.ts';
import { type RebuildPolicy, rebuilds } from './rebuild-policy.ts';
import { rowLog } from './row-log.ts';
import { writeIndex } from './saved-index.ts';
import { scanFrom } from './scan.ts';

export interface HnswOptions {
  readonly dim: number;
  /** @default cosine */
  readonly distance?: Distance;
  /** Links a row keeps on each level, twice as many on the lowest; at most 1024. @default 16 */
  readonly M?: number;
  /** Candidates kept while a row is linked. @default 200 */
  readonly efConstruction?: number;
  /** Candidates kept in a search; a search uses at least k. @default 100 */
  readonly ef?: number;
  /** Draws the levels, with the ids. @default 0 */
  readonly seed?: number;
  /** When rows that came, changed or went are taken into the graph. */
  readonly rebuild?: RebuildPolicy;
}

/**
 * Approximate neighbors through a navigable small-world graph, of rows that come, change and go.
 *
 * Searches see a change at once: new and replaced rows are all looked at until they are linked, replaced and removed ones are passed
 * over inside the search. `rebuild` says when new rows are linked, to a copy of the graph, and when another is built beside it, without
 * the dead ones, and at which change that takes its place. Searches never wait for either, and linking gives way to them; the change
 * waits that brings the last of the new rows, and the one at which the other graph is due. By `dot`, which is no metric, a graph finds fewer of the true neighbors than by the other distances: raise
 * `ef`, or use `exact`.
 *
 * The same calls, each awaited, with the same seed give the same answers, whatever the number of threads.
 *
 * @throws RangeError if an option is out of its range; Error if the graphs were not built at install
 * @see Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using HNSW graphs", 2018
 */
export function hnsw(options: HnswOptions): NeighborIndex {
  return hnswFrom(options);
}

/** The same, of rows and a graph that are there. */
export function hnswFrom(
  { dim, distance = cosine, M = 16, efConstruction = 200, ef = 100, seed = 0, rebuild }: HnswOptions,
  start?: LiveState,
): NeighborIndex {
  checkDim('hnsw', dim);
  checkWhole('hnsw', 'M', M, 2);
  if (M > 1024) refuse('hnsw', 'M must be at most 1024', M);
  checkWhole('hnsw', 'efConstruction', efConstruction, 1);
  checkWhole('hnsw', 'ef', ef, 1);
  checkWhole('hnsw', 'seed', seed);
  const { similarity } = distance;
  const graphOptions = { dim, similarity, M, efConstruction, seed };
  let live: LiveGraph | undefined = liveGraph(
    { ...graphOptions, rebuilds: rebuilds(rebuild) },
    start ?? {
      log: rowLog({ where: 'hnsw', dim, withInverse: similarity === 'cosine' }),
      graph: graphOrRefusal(graphOptions),
      changes: 0,
      begun: 0,
    },
  );
  const used = (): LiveGraph => live ?? refuse('hnsw', 'an index must not be used after dispose()', 'a call');

  return {
    dim,
    distance,
    get size() {
      return live?.log.live ?? 0;
    },
    async add(rows, ids, classes) {
      const { log, changed } = used();
      log.append(rows, ids, classes);
      await changed();
    },
    async remove(ids) {
      const { log, changed } = used();
      log.remove(ids);
      await changed();
    },
    async refresh() {
      await used().refresh();
    },
    async search(queries, k, options: SearchOptions = {}) {
      const { all, graph, scanStaged } = used().now();
      checkObject('hnsw.search', 'options', options);
      const { exclude, ef: searchEf = ef, exact = false } = options;
      checkSearch('hnsw.search', { dim, all }, queries, k, exclude);
      checkWhole('hnsw.search', 'ef', searchEf, 1);
      const most = Math.min(k, all.rows.rows);
      const how = { similarity, exclude };
      const found = async (): Promise<TopK | undefined> => {
        if (most === 0 || queries.rows === 0) return undefined;
        const few = exclude?.allowed && fewAllowed(all, exclude.allowed);
        if (few !== undefined) return scanOnly(few, all, queries, most, how);
        if (exact) return scanFrom(0, { kept: false })(all, queries, most, how);
        // one after the other: each has all threads
        const near =
          graph.nodes > 0 ? await graph.search(queries, all, most, { ef: searchEf, exclude }) : undefined;
        const staged = all.rows.rows > graph.nodes ? await scanStaged(all, queries, most, how) : undefined;
        return near && staged ? mergedTopK(near, staged, most, all.ids) : (near ?? staged);
      };
      return neighborsFrom(await aheadOfLinking(found), queries.rows, k, all.ids, distance);
    },
    read(ids) {
      return used().log.read(ids);
    },
    ids() {
      return Uint32Array.from(used().log.ids);
    },
    async save(path) {
      const { log, graph, changes, begun } = await used().state();
      const rows = log.now();
      const numbers = { M, efConstruction, ef, seed, changes, begun };
      await writeIndex(path, { kind: 'hnsw', distance, rows, graph: await graph.parts(), numbers });
    },
    async parts() {
      const { log, graph } = await used().state();
      return { ...log.now(), graph: await graph.parts(), M, efConstruction };
    },
    dispose() {
      live = undefined;
    },
  };
}
