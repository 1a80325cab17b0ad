import { gather } from '../core/matrix.ts';
import { emptyGraph, type Graph, type GraphOptions } from '../kernels/native/graph.ts';
import type { Rebuilds, Standing } from './rebuild-policy.ts';
import type { LoggedRows, RowLog } from './row-log.ts';
import { scanFrom } from './scan.ts';

export interface LiveGraphOptions extends GraphOptions {
  readonly rebuilds: Rebuilds;
}

/** Rows, the graph of the first of them, and how often they have changed. */
export interface LiveState {
  readonly log: RowLog;
  readonly graph: Graph;
  readonly changes: number;
  /** the change at which the last rebuild began */
  readonly begun: number;
}

/** What a search is of, while rows come and graphs are linked. */
export interface Moment {
  readonly all: LoggedRows;
  readonly graph: Graph;
  /** looks at the rows that are not in the graph */
  readonly scanStaged: ReturnType<typeof scanFrom>;
}

/**
 * A graph of rows that come, change and go. It is never changed: another is linked beside it, of a copy and what came since, or of
 * the live rows alone, and takes its place at the change that is due.
 */
export function liveGraph(options: LiveGraphOptions, start: LiveState) {
  let { log, graph, changes, begun } = start;
  let scanStaged = scanFrom(graph.nodes, { kept: true });
  let pending: Pending | undefined;

  const begin = (anew: boolean, due: number): Pending => {
    begun = changes;
    const base = anew ? log.compacted() : log;
    const from = anew ? graphOrRefusal(options) : graph;
    const started = performance.now();
    const rows = base.length - from.nodes;
    const told = { anew, rows, begun };
    const linked = from.extended(base.now()).then((graph) => {
      options.rebuilds.show?.({ ...told, seconds: (performance.now() - started) / 1000 });
      return graph;
    });
    linked.catch(() => {}); // told by the change that waits for it
    return { due, base, until: log.length, graph: linked };
  };

  const compact = (): void => {
    begun = changes;
    log = log.compacted();
    graph = graphOrRefusal(options);
    scanStaged = scanFrom(0, { kept: true });
  };

  /** Puts what was linked beside in the place of what is searched. Several may wait for one. */
  const swap = async (ready: Pending): Promise<void> => {
    try {
      const linked = await ready.graph;
      if (pending !== ready) return;
      if (ready.base !== log) {
        broughtUpTo(ready.base, log, ready.until);
        log = ready.base;
      }
      graph = linked;
      scanStaged = scanFrom(graph.nodes, { kept: true });
    } finally {
      if (pending === ready) pending = undefined;
    }
  };

  /** Waits for what is being linked, and takes it. */
  const settled = async (): Promise<void> => {
    if (pending === undefined) return;
    await swap(pending);
    await settled();
  };

  const standing = (): Standing => ({
    linked: graph.nodes,
    staged: log.length - graph.nodes,
    dead: log.length - log.live,
    changes: changes - begun,
  });

  return {
    get log() {
      return log;
    },
    now: (): Moment => ({ all: log.now(), graph, scanStaged }),
    /** Once the log has changed: takes a graph that is due, and begins another where it is time. */
    async changed(): Promise<void> {
      changes++;
      if (pending !== undefined && changes >= pending.due) await swap(pending);
      if (pending !== undefined) return;
      const now = standing();
      const rebuild = options.rebuilds.due(now);
      if (rebuild === 'none') return;
      if (rebuild === 'compact') {
        compact();
        return;
      }
      const after = rebuild === 'anew' ? options.rebuilds.after : 0;
      pending = begin(rebuild === 'anew', changes + after);
      if (after === 0) await swap(pending);
    },
    /** A graph of all live rows and no others. */
    async refresh(): Promise<void> {
      await settled();
      const { staged, dead } = standing();
      if (staged + dead === 0) return;
      pending = begin(dead > 0, changes);
      await swap(pending);
    },
    async state(): Promise<LiveState> {
      await settled();
      return { log, graph, changes, begun };
    },
  };
}

export type LiveGraph = ReturnType<typeof liveGraph>;

/** A graph that is being linked beside the one that is searched. */
interface Pending {
  /** the change from which it is searched */
  readonly due: number;
  /** the rows it is of: those of the index, or the live ones of them */
  readonly base: RowLog;
  /** how many rows the index had when it began */
  readonly until: number;
  readonly graph: Promise<Graph>;
}

/** Brings rows that were compacted up to what has happened since there were `until` of the others. */
function broughtUpTo(compact: RowLog, current: RowLog, until: number): void {
  const { rows, ids, classes } = current.now();
  const live = new Set(current.ids);
  const gone = [...compact.ids].filter((id) => !live.has(id));
  if (gone.length > 0) compact.remove(Uint32Array.from(gone));
  const fresh = current.liveFrom(until);
  if (fresh.length === 0) return;
  compact.append(
    gather(rows, fresh),
    Uint32Array.from(fresh, (slot) => ids[slot]),
    classes && Int32Array.from(fresh, (slot) => classes[slot]),
  );
}

/** @throws Error where the addon has no graphs */
export function graphOrRefusal(options: GraphOptions): Graph {
  const graph = emptyGraph(options);
  if (graph !== undefined) return graph;
  throw new Error(
    'hnsw: the addon must be built with the headers of hnswlib-node (npm rebuild nearmiss, which needs a C++ compiler), got none; exact works without',
  );
}
