import { checkEqual, refuse } from '../core/check.ts';
import { gather, type Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import type { Corpus, TopK, TopKOptions } from '../kernels/kernels.ts';
import { checkSearch } from './check-stored.ts';
import { type NeighborIndex, neighborsFrom } from './neighbor-index.ts';
import { ceilingScores, neighborsBelow } from './search-below.ts';

/** Rows that can be searched and read: what a miner looks into. Every index is one. */
export type Searchable = Pick<NeighborIndex, 'dim' | 'size' | 'distance' | 'search' | 'searchBelow' | 'read'>;

export interface FlatOptions {
  /** @default cosine */
  readonly distance?: Distance;
}

/**
 * The true neighbors among rows that stay where they are: nothing is copied, and nothing may change while a search is under way.
 *
 * @throws RangeError if ids or classes do not match the rows, or an entry is not finite
 */
export function flat(
  { rows, ids, classes }: Pick<Corpus, 'rows' | 'ids' | 'classes'>,
  { distance = cosine }: FlatOptions = {},
): Required<Searchable> {
  checkEqual('flat', 'ids.length', ids.length, rows.rows);
  if (classes !== undefined) checkEqual('flat', 'classes.length', classes.length, rows.rows);
  checkFiniteRows('flat', 'rows', rows);
  let slots: ReadonlyMap<number, number> | undefined;

  const best = async (
    queries: Matrix,
    k: number,
    options: Pick<TopKOptions, 'exclude' | 'ceilings'>,
  ): Promise<TopK | undefined> => {
    checkSearch('flat.search', { dim: rows.cols, all: { rows, classes } }, queries, k, options.exclude);
    const most = Math.min(k, rows.rows);
    if (most === 0 || queries.rows === 0) return undefined;
    const { similarity } = distance;
    return kernels.later.topK(queries, { rows, ids, classes }, most, { similarity, ...options });
  };

  return {
    dim: rows.cols,
    size: rows.rows,
    distance,
    async search(queries, k, { exclude } = {}) {
      return neighborsFrom(await best(queries, k, { exclude }), queries.rows, k, ids, distance);
    },
    async searchBelow(queries, k, given, exclude) {
      const ceilings = ceilingScores('flat.searchBelow', distance, given, queries.rows);
      return neighborsBelow(await best(queries, k, { exclude, ceilings }), given, k, ids, distance);
    },
    read(wanted) {
      slots ??= new Map(Array.from(ids, (id, slot) => [id, slot]));
      const held = wanted.map((id) => slots?.get(id) ?? refuse('flat.read', 'every id must be stored', id));
      return { rows: gather(rows, held), classes: classes && Int32Array.from(held, (slot) => classes[slot]) };
    },
  };
}
