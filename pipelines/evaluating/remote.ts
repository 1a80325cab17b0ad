import type { Matrix } from '../../src/core/matrix.ts';
import { remoteSearch, type SearchJob } from '../../src/cluster/remote-search.ts';
import type { StoredFolder } from '../../src/formats/data-folder.ts';
import type { TopK } from '../../src/kernels/kernels.ts';
import { bestOfShards } from '../../src/neighbors/sharded.ts';
import type { Ranked, System } from './systems.ts';

/** The stored vectors as workers rank them: every document met for every query, or through graphs. */
export async function rankedElsewhere(
  { corpus, corpusVectors }: StoredFolder,
  remote: SearchJob,
  index: 'exact' | 'hnsw',
  depth: number,
): Promise<System> {
  const ids = corpus.names.ofRow;
  const search = await remoteSearch(remote, { ids }, index);
  return {
    name: index === 'exact' ? 'float32' : 'hnsw',
    bytes: 4 * corpusVectors.cols,
    elsewhere: true,
    rank: async ({ queries }) => rankedIds(await search(queries, depth, {}), queries, depth, ids),
  };
}

/** The best of all shards as ids. */
export function rankedIds(parts: readonly TopK[], queries: Matrix, depth: number, ids: Uint32Array): Ranked {
  const best = bestOfShards(parts, depth, ids);
  if (best === undefined) return { k: depth, ids: new Uint32Array(), found: new Uint32Array(queries.rows) };
  const k = best.rows.length / queries.rows;
  return { k, ids: best.rows.map((row) => ids[row]), scores: best.scores, found: best.found };
}
