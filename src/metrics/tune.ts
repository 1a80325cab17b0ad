import { checkWhole, refuse } from '../core/check.ts';
import { gather, type Matrix } from '../core/matrix.ts';
import { random, shuffled } from '../core/random.ts';
import type { Exclusion } from '../kernels/kernels.ts';
import type { NeighborIndex, RecallEstimate } from '../neighbors/neighbor-index.ts';
import { bootstrap, type Interval } from './bootstrap.ts';
import { indexRecall } from './index-recall.ts';

export interface TuneOptions {
  /** The recall that is wanted, in (0, 1]. */
  readonly recall: number;
  /** Neighbors a query is given. @default 10 */
  readonly k?: number;
  /** Queries as they will come: half of them choose, the others certify. Without them stored rows are, each against the others. */
  readonly queries?: Matrix;
  /** Stored rows that are drawn where there are no queries. @default 1000 */
  readonly sample?: number;
  /** The largest ef that is tried. @default 4096 */
  readonly most?: number;
  /** @default 0 */
  readonly seed?: number;
}

export interface Tuned extends RecallEstimate {
  /** The smallest ef whose recall's interval on the one half lies wholly above what is wanted, or the largest tried. */
  readonly ef: number;
  /** whether the interval of `recall` on the other half begins at what was wanted, or above */
  readonly reached: boolean;
}

/**
 * How wide an index must search. ef is chosen on one half of the queries and its recall is measured on the other, which had no part in
 * the choice, against a search of every row, with a 95 % bootstrap interval over queries. `certified` makes an index of it.
 *
 * @throws RangeError if an option is out of its range, there are fewer than 20 queries, or the index has no rows
 */
export async function tune(
  index: NeighborIndex,
  { recall, k = 10, queries, sample = 1000, most = 4096, seed = 0 }: TuneOptions,
): Promise<Tuned> {
  if (!(recall > 0 && recall <= 1)) refuse('tune', 'recall must be a number in (0, 1]', recall);
  checkWhole('tune', 'k', k, 1);
  checkWhole('tune', 'sample', sample, 1);
  checkWhole('tune', 'most', most, k);
  if (index.size === 0) refuse('tune', 'index must have rows', 'none');
  const asked = queries === undefined ? drawn(index, sample, seed) : { rows: queries };
  if (asked.rows.rows < LEAST) refuse('tune', `queries must be at least ${LEAST}`, asked.rows.rows);

  const order = shuffled(asked.rows.rows, random(seed, 1));
  const half = order.length >>> 1;
  const [choosing, certifying] = await Promise.all(
    [order.subarray(0, half), order.subarray(half)].map((some) => measured(index, k, asked, some)),
  );
  let ef = k;
  while (ef < most && (await choosing(ef, seed)).interval[0] < recall)
    ef = Math.min(most, Math.ceil(ef * STEP));
  const found = await certifying(ef, seed);
  return { ...found, ef, reached: found.interval[0] >= recall };
}

/** Queries that an interval can be made of. */
const LEAST = 20;
/** What ef is multiplied by from one trial to the next. */
const STEP = 1.2;

interface Asked {
  readonly rows: Matrix;
  /** where the queries are stored rows themselves: their ids */
  readonly ids?: Uint32Array;
}

function drawn(index: NeighborIndex, sample: number, seed: number): Asked {
  const all = index.ids().sort();
  const ids = shuffled(all.length, random(seed, 2))
    .subarray(0, sample)
    .map((i) => all[i]);
  return { ids, rows: index.read(ids).rows };
}

/** The recall of some of the queries, by how wide the search is. */
async function measured(index: NeighborIndex, k: number, asked: Asked, some: Uint32Array) {
  const rows = gather(asked.rows, some);
  const exclude = asked.ids && withoutThemselves(asked.ids, some);
  const truth = await index.search(rows, k, { exclude, exact: true });
  return async (ef: number, seed: number): Promise<RecallEstimate> => {
    const values = indexRecall(await index.search(rows, k, { exclude, ef }), truth);
    const interval: Interval = bootstrap(values, { resamples: 2000, seed });
    return {
      k,
      recall: values.reduce((sum, value) => sum + value, 0) / values.length,
      interval,
      queries: values.length,
    };
  };
}

function withoutThemselves(ids: Uint32Array, some: Uint32Array): Exclusion {
  const offsets = Uint32Array.from({ length: some.length + 1 }, (_, q) => q);
  return { perQuery: { offsets, ids: some.map((i) => ids[i]) } };
}
