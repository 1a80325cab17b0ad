import type { Matrix } from '../core/matrix.ts';
import type { Distance } from '../distances/distance.ts';
import type { Corpus, Exclusion, TopK } from '../kernels/kernels.ts';
import { checkSearch } from './check-stored.ts';
import { flat, type Searchable } from './flat.ts';
import { mergedTopK } from './merged-top-k.ts';
import { neighborsFrom } from './neighbor-index.ts';
import { ceilingScores, neighborsBelow } from './search-below.ts';

/** Rows first … end - 1 of a corpus. */
export interface Shard {
  readonly first: number;
  readonly end: number;
}

/** Which rows of each query's shard may be given. */
export interface ShardOptions {
  readonly exclude?: Exclusion;
  /** queries; rows that score above are counted and passed over */
  readonly ceilings?: Float32Array;
}

/** What each shard has for the queries, in the order of the shards; rows are numbers of the corpus. */
export type SearchShards = (queries: Matrix, k: number, options: ShardOptions) => Promise<readonly TopK[]>;

/** All shards of a corpus: as many rows each, the last the rest. */
export function shardsOf(rows: number, shardRows: number): readonly Shard[] {
  const shards: Shard[] = [];
  for (let first = 0; first < rows; first += shardRows)
    shards.push({ first, end: Math.min(first + shardRows, rows) });
  return shards;
}

/**
 * The best of all shards, by score and then id. A score is of its two rows alone, so exact searches of shards have the answer of one of
 * the whole to the bit; graphs of shards find other rows than a graph of all.
 */
export function bestOfShards(parts: readonly TopK[], k: number, ids: Uint32Array): TopK | undefined {
  if (parts.length === 0) return undefined;
  const most = Math.min(k, ids.length);
  const best = parts.reduce((one, other) => mergedTopK(one, other, most, ids));
  const above = parts.reduce<Uint32Array | undefined>((sum, part) => added(sum, part.above), undefined);
  return above === undefined ? best : { ...best, above };
}

function added(sum: Uint32Array | undefined, more: Uint32Array | undefined): Uint32Array | undefined {
  return sum && more ? sum.map((count, q) => count + more[q]) : (sum ?? more);
}

export interface ShardedOptions {
  readonly distance: Distance;
  /** Through graphs, whose scores are minus the distances, or of every row. */
  readonly index: 'hnsw' | 'exact';
  readonly search: SearchShards;
}

/**
 * Rows in shards that are searched elsewhere, and read here.
 *
 * @throws RangeError as `flat`
 */
export function sharded(
  { rows, ids, classes }: Pick<Corpus, 'rows' | 'ids' | 'classes'>,
  { distance, index, search }: ShardedOptions,
): Searchable {
  const { dim, size, read } = flat({ rows, ids, classes }, { distance });
  const best = async (queries: Matrix, k: number, options: ShardOptions): Promise<TopK | undefined> => {
    checkSearch('sharded.search', { dim, all: { rows, classes } }, queries, k, options.exclude);
    return queries.rows === 0 ? undefined : bestOfShards(await search(queries, k, options), k, ids);
  };
  const scored = index === 'exact' ? distance : { fromScore: (score: number) => -score };
  const common: Searchable = {
    dim,
    size,
    distance,
    read,
    async search(queries, k, { exclude } = {}) {
      return neighborsFrom(await best(queries, k, { exclude }), queries.rows, k, ids, scored);
    },
  };
  if (index === 'hnsw') return common;
  return {
    ...common,
    async searchBelow(queries, k, given, exclude) {
      const ceilings = ceilingScores('sharded.searchBelow', distance, given, queries.rows);
      return neighborsBelow(await best(queries, k, { exclude, ceilings }), given, k, ids, distance);
    },
  };
}
