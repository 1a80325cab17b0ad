import { checkWhole, refuse } from '../core/check.ts';
import { gather } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import type { TopK } from '../kernels/kernels.ts';
import { emptyGraph, type Graph, type GraphOptions } from '../kernels/native/graph.ts';
import { checkSearch } from './check-stored.ts';
import { mergedTopK } from './merged-top-k.ts';
import { type NeighborIndex, neighborsFrom, type SearchOptions } from './neighbor-index.ts';
import { type Rebuild, type RebuildPolicy, rebuilds } from './rebuild-policy.ts';
import { type RowLog, rowLog } from './row-log.ts';
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
  /** `'fast'` links on all threads as they come: another graph each time. `'deterministic'` links one row after the other. @default 'deterministic' */
  readonly build?: 'deterministic' | 'fast';
  /** When rows that came, changed or went are taken into the graph. */
  readonly rebuild?: RebuildPolicy;
}

/**
 * Approximate neighbors through a navigable small-world graph, of rows that come, change and go.
 *
 * Searches see a change at once: new and replaced rows are all looked at until a graph that holds them is ready, replaced and
 * removed ones are passed over inside the search. `rebuild` says when such a graph is linked beside the old one, and at which
 * change it takes its place. Searches never wait for it; `add` does, when the change is due, and where more rows
 * are new than linked. By `dot`, which is no metric, a graph finds fewer of the true neighbors than by the other distances: raise
 * `ef`, or use `exact`.
 *
 * The same calls, each awaited, with the same seed give the same answers, whatever the number of threads, unless `build` is `'fast'`.
 *
 * @throws RangeError if an option is out of its range; Error if the graphs were not built at install
 * @see Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using HNSW graphs", 2018
 */
export function hnsw({
  dim,
  distance = cosine,
  M = 16,
  efConstruction = 200,
  ef = 100,
  seed = 0,
  build = 'deterministic',
  rebuild,
}: HnswOptions): NeighborIndex {
  checkWhole('hnsw', 'dim', dim, 1);
  checkWhole('hnsw', 'M', M, 2);
  if (M > 1024) refuse('hnsw', 'M must be at most 1024', M);
  checkWhole('hnsw', 'efConstruction', efConstruction, 1);
  checkWhole('hnsw', 'ef', ef, 1);
  checkWhole('hnsw', 'seed', seed);
  if (build !== 'deterministic' && build !== 'fast')
    refuse('hnsw', "build must be 'deterministic' or 'fast'", build);
  const policy = rebuilds(rebuild);
  const { similarity } = distance;
  const graphOptions: GraphOptions = { dim, similarity, M, efConstruction, seed };

  let log = rowLog({ where: 'hnsw', dim, withInverse: similarity === 'cosine' });
  let graph = emptyGraph(graphOptions) ?? noGraphs();
  let scanStaged = scanFrom(0, { kept: true });
  let changes = 0;
  let disposed = false;
  let pending: Pending | undefined;
  let lastBegun = 0;

  const usable = (): void => {
    if (disposed) refuse('hnsw', 'an index must not be used after dispose()', 'a call');
  };

  const begin = (rebuild: Rebuild, due: number): Pending => {
    lastBegun = changes;
    const [base, from] =
      rebuild === 'anew' ? [log.compacted(), emptyGraph(graphOptions) ?? noGraphs()] : [log, graph];
    const began: Pending = {
      due,
      base,
      until: log.length,
      graph: from.extended(base.now(), build === 'fast'),
      seen: false,
    };
    began.graph.catch(() => {}); // told by the change that waits for it
    return began;
  };

  /** Puts what was linked beside in the place of what is searched. */
  const swap = async (ready: Pending): Promise<void> => {
    const linked = await ready.graph.finally(() => {
      if (pending === ready) pending = undefined;
    });
    if (disposed || ready.seen) return;
    ready.seen = true;
    if (ready.base !== log) {
      broughtUpTo(ready.base, log, ready.until);
      log = ready.base;
    }
    graph = linked;
    scanStaged = scanFrom(graph.nodes, { kept: true });
  };

  /** Waits for what is being linked, and takes it. */
  const settled = async (): Promise<void> => {
    if (pending === undefined) return;
    await swap(pending);
    await settled();
  };

  const standing = () => {
    const { length } = log;
    return {
      linked: graph.nodes,
      staged: length - graph.nodes,
      dead: length - log.live,
      changes: changes - lastBegun,
    };
  };

  const changed = async (): Promise<void> => {
    changes++;
    if (pending !== undefined && changes >= pending.due) await swap(pending);
    if (pending !== undefined || disposed) return;
    const now = standing();
    const kind = policy.due(now);
    if (kind === 'none') return;
    pending = begin(kind, changes + policy.after);
    if (policy.after === 0 || now.staged > now.linked) await swap(pending);
  };

  return {
    dim,
    distance,
    get size() {
      return log.live;
    },
    async add(rows, ids, classes) {
      usable();
      log.append(rows, ids, classes);
      await changed();
    },
    async remove(ids) {
      usable();
      log.remove(ids);
      await changed();
    },
    async refresh() {
      usable();
      await settled();
      const { staged, dead } = standing();
      if (staged + dead === 0 || disposed) return;
      pending = begin(dead > 0 ? 'anew' : 'extend', changes);
      await swap(pending);
    },
    async search(queries, k, { exclude, ef: searchEf = ef, exact = false }: SearchOptions = {}) {
      usable();
      const all = log.now();
      checkSearch('hnsw.search', { dim, all }, queries, k, exclude);
      checkWhole('hnsw.search', 'ef', searchEf, 1);
      const options = { similarity, exclude };
      const most = Math.min(k, all.rows.rows);
      const found = async (): Promise<TopK | undefined> => {
        if (most === 0 || queries.rows === 0) return undefined;
        if (exact) return scanFrom(0, { kept: false })(all, queries, most, options);
        const searched = graph;
        const [near, staged] = await Promise.all([
          searched.nodes > 0 ? searched.search(queries, all, most, { ef: searchEf, exclude }) : undefined,
          all.rows.rows > searched.nodes ? scanStaged(all, queries, most, options) : undefined,
        ]);
        return near && staged ? mergedTopK(near, staged, most, all.ids) : (near ?? staged);
      };
      return neighborsFrom(await found(), queries.rows, k, all.ids, distance);
    },
    read(ids) {
      usable();
      return log.read(ids);
    },
    ids() {
      usable();
      return Uint32Array.from(log.ids);
    },
    dispose() {
      disposed = true;
      log = rowLog({ where: 'hnsw', dim, withInverse: false });
      pending = undefined;
    },
  };
}

/** A graph that is being linked beside the one that is searched. */
interface Pending {
  /** the change from which it is searched */
  readonly due: number;
  /** the rows it is of: those of the index, or the live ones of them */
  readonly base: RowLog;
  /** how long the index's rows were when it began */
  readonly until: number;
  readonly graph: Promise<Graph>;
  seen: boolean;
}

/** Brings rows that were compacted up to what has happened to the others since those were so long. */
function broughtUpTo(compact: RowLog, current: RowLog, until: number): void {
  const { rows, ids, classes, dead } = current.now();
  const live = new Set(current.ids);
  const gone = [...compact.ids].filter((id) => !live.has(id));
  if (gone.length > 0) compact.remove(Uint32Array.from(gone));
  const fresh: number[] = [];
  for (let slot = until; slot < rows.rows; slot++) if (!isSet(dead, slot)) fresh.push(slot);
  if (fresh.length === 0) return;
  compact.append(
    gather(rows, fresh),
    Uint32Array.from(fresh, (slot) => ids[slot]),
    classes && Int32Array.from(fresh, (slot) => classes[slot]),
  );
}

function isSet(bits: Uint8Array | undefined, at: number): boolean {
  return bits !== undefined && ((bits[at >>> 3] >>> (at & 7)) & 1) === 1;
}

function noGraphs(): never {
  throw new Error(
    'hnsw: the addon must be built with the headers of hnswlib-node (npm rebuild nearmiss, which needs a C++ compiler), got none; exact works without',
  );
}
