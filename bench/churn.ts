import { checkWhole } from '../src/core/check.ts';
import { matrix, type Matrix } from '../src/core/matrix.ts';
import { random, shuffled } from '../src/core/random.ts';
import { kernels } from '../src/kernels/active.ts';
import { indexRecall } from '../src/metrics/index-recall.ts';
import { hnsw } from '../src/neighbors/hnsw.ts';
import type { NeighborIndex } from '../src/neighbors/neighbor-index.ts';
import { median } from './clock.ts';

export const CHURN_OPTIONS = {
  rows: { type: 'number', describe: 'live at any moment', default: 20_000, requiresArg: true },
  dim: { type: 'number', describe: 'numbers a row', default: 128, requiresArg: true },
  turnovers: {
    type: 'number',
    describe: 'how often each row is replaced, on average',
    default: 10,
    requiresArg: true,
  },
  change: { type: 'number', describe: 'rows replaced at a time', default: 500, requiresArg: true },
  queries: {
    type: 'number',
    describe: 'of a search, one after each change',
    default: 100,
    requiresArg: true,
  },
  staged: { type: 'number', describe: 'share of new rows that are linked', requiresArg: true },
  dead: {
    type: 'number',
    describe: 'share of dead rows at which the graph is linked anew',
    requiresArg: true,
  },
  least: { type: 'number', describe: 'rows that are worth it', requiresArg: true },
  after: {
    type: 'number',
    describe: 'changes from the beginning of a rebuild to its use',
    requiresArg: true,
  },
} as const;

export interface ChurnOptions {
  readonly rows: number;
  readonly dim: number;
  readonly turnovers: number;
  readonly change: number;
  readonly queries: number;
  readonly staged?: number;
  readonly dead?: number;
  readonly least?: number;
  readonly after?: number;
}

const K = 10;

/** An index whose rows are replaced again and again, beside one that is built of the same rows at the end. */
export async function churn({
  rows,
  dim,
  turnovers,
  change,
  queries,
  ...rebuild
}: ChurnOptions): Promise<void> {
  for (const [name, value] of Object.entries({ rows, dim, turnovers, change, queries })) {
    checkWhole('bench churn', `--${name}`, value, 1);
  }
  const { staged, dead, least, after } = rebuild;
  let [rebuilt, rebuildSeconds] = [0, 0];
  const show = ({ seconds }: { readonly seconds: number }): void => {
    rebuilt++;
    rebuildSeconds += seconds;
  };
  const given = Object.fromEntries(
    Object.entries({ staged, dead, least, after }).filter(([, value]) => value !== undefined),
  );
  const index = hnsw({ dim, rebuild: { ...given, show } });
  console.log(
    `# ${rows} x ${dim} in 200 clusters, ${change} replaced at a time, ${turnovers} turnovers, ${kernels.name}`,
  );
  await index.add(clustered(rows, dim, 0), numbered(rows));
  const [linked, built] = [rebuildSeconds, rebuilt];

  const searches: number[] = [];
  let changeSeconds = 0;
  const steps = Math.round((turnovers * rows) / change);
  for (let step = 1; step <= steps; step++) {
    const ids = shuffled(rows, random(7, step)).slice(0, change);
    const fresh = clustered(change, dim, step);
    changeSeconds += await timed(() => index.add(fresh, ids));
    const asked = clustered(queries, dim, -step);
    searches.push(await timed(() => index.search(asked, K)));
    if ((step * change) % rows < change)
      await report(index, dim, Math.round((step * change) / rows), searches);
  }
  const all = index.ids().sort();
  const again = hnsw({ dim });
  await again.add(index.read(all).rows, all);
  await again.refresh();
  const freshSearches: number[] = [];
  for (let step = 1; step <= 100; step++) {
    const asked = clustered(queries, dim, -step);
    freshSearches.push(await timed(() => again.search(asked, K)));
  }
  const [ours, theirs] = [await recallOf(index, dim), await recallOf(again, dim)];
  const own = await index.search(index.read(all).rows, 1);
  const lost = all.filter((id, i) => own.ids[i] !== id && own.distances[i] > 1e-6).length;
  const ratio = (share: number): string =>
    (quantile(searches, share) / quantile(freshSearches, share)).toFixed(2);
  console.log(`recall@10    ${ours.toFixed(4)}, fresh ${theirs.toFixed(4)}`);
  console.log(`not found by their own vector: ${lost} of ${all.length}`);
  console.log(
    `search of ${queries} queries, median ${ms(searches, 0.5)} ms, fresh ${ms(freshSearches, 0.5)} ms: ${ratio(0.5)}x`,
  );
  console.log(
    `                    p95 ${ms(searches, 0.95)} ms, fresh ${ms(freshSearches, 0.95)} ms: ${ratio(0.95)}x`,
  );
  console.log(
    `first link ${linked.toFixed(1)} s; ${rebuilt - built} rebuilds, ${(rebuildSeconds - linked).toFixed(1)} s; all changes waited ${changeSeconds.toFixed(1)} s`,
  );
}

async function report(
  index: NeighborIndex,
  dim: number,
  turnover: number,
  searches: readonly number[],
): Promise<void> {
  const memory = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
  const recent = median(searches.slice(-20)) * 1000;
  const recall = (await recallOf(index, dim)).toFixed(4);
  console.log(
    `turnover ${String(turnover).padStart(2)}  recall@10 ${recall}  search ${recent.toFixed(2)} ms  resident ${memory} MB`,
  );
}

async function recallOf(index: NeighborIndex, dim: number): Promise<number> {
  const asked = clustered(500, dim, -1e6);
  const values = indexRecall(await index.search(asked, K), await index.search(asked, K, { exact: true }));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await call();
  return (performance.now() - begun) / 1000;
}

function ms(values: readonly number[], share: number): string {
  return (1000 * quantile(values, share)).toFixed(2);
}

function quantile(values: readonly number[], share: number): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.min(ordered.length - 1, Math.floor(share * ordered.length))];
}

const numbered = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, i) => i);

/** Rows about 200 centres. */
function clustered(rows: number, dim: number, seed: number): Matrix {
  const m = matrix(rows, dim);
  const { below, normal } = random(11, seed);
  for (let i = 0; i < rows; i++) {
    const centre = random(5, below(200));
    for (let k = 0; k < dim; k++) m.data[i * dim + k] = centre.normal() + 0.7 * normal();
  }
  return m;
}
