import { checkWhole } from '../src/core/check.ts';
import { matrix, type Matrix } from '../src/core/matrix.ts';
import { random, shuffled } from '../src/core/random.ts';
import { kernels } from '../src/kernels/active.ts';
import { indexRecall } from '../src/metrics/index-recall.ts';
import { hnsw } from '../src/neighbors/hnsw.ts';
import type { NeighborIndex } from '../src/neighbors/neighbor-index.ts';

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

  const [searches, freshSearches]: number[][] = [[], []];
  let changeSeconds = 0;
  const each = Math.round(rows / change);
  for (let turnover = 1; turnover <= turnovers; turnover++) {
    for (let step = (turnover - 1) * each + 1; step <= turnover * each; step++) {
      const ids = shuffled(rows, random(7, step)).slice(0, change);
      const fresh = clustered(change, dim, step);
      changeSeconds += await timed(() => index.add(fresh, ids));
      const asked = clustered(queries, dim, -step);
      searches.push(await timed(() => index.search(asked, K)));
    }
    // the machine may be slower at one time than at another: both are timed in each turnover
    const { rows: all } = index.read(index.ids());
    await index.parts?.(); // what is being linked is waited for
    const again = hnsw({ dim });
    await again.add(all, index.ids());
    await again.refresh();
    for (let step = 1; step <= each; step++) {
      const asked = clustered(queries, dim, -step);
      freshSearches.push(await timed(() => again.search(asked, K)));
    }
    const [ours, theirs] = [await recallOf(index, dim), await recallOf(again, dim)];
    again.dispose();
    const memory = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
    console.log(
      `turnover ${String(turnover).padStart(2)}  recall@10 ${ours.toFixed(4)}, fresh ${theirs.toFixed(4)}  search ${ms(searches.slice(-each), 0.5)} ms, fresh ${ms(freshSearches.slice(-each), 0.5)} ms  resident ${memory} MB`,
    );
  }
  const all = index.ids().sort();
  const own = await index.search(index.read(all).rows, 1);
  const lost = all.filter((id, i) => own.ids[i] !== id && own.distances[i] > 1e-6).length;
  console.log(`not found by their own vector: ${lost} of ${all.length}`);
  for (const [name, share] of [
    ['median', 0.5],
    ['p95', 0.95],
  ] as const) {
    const ratio = quantile(searches, share) / quantile(freshSearches, share);
    console.log(
      `search of ${queries} queries, ${name} ${ms(searches, share)} ms, fresh ${ms(freshSearches, share)} ms: ${ratio.toFixed(2)}x`,
    );
  }
  console.log(
    `first link ${linked.toFixed(1)} s; ${rebuilt - built} rebuilds, ${(rebuildSeconds - linked).toFixed(1)} s; all changes waited ${changeSeconds.toFixed(1)} s`,
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
