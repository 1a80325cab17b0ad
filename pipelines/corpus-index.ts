import { remoteSearch, type SearchJob } from '../src/cluster/remote-search.ts';
import type { Distance } from '../src/distances/distance.ts';
import type { Collection } from '../src/formats/data-folder.ts';
import { flat, type Searchable } from '../src/neighbors/flat.ts';
import { sourceOf } from '../src/neighbors/graph-of-rows.ts';
import { sharded } from '../src/neighbors/sharded.ts';
import { graphsOfShards } from './graphs-of-shards.ts';

export interface CorpusIndexOptions {
  readonly index: 'hnsw' | 'exact';
  readonly distance: Distance;
  readonly ef: number;
  readonly seed: number;
  readonly shardRows: number;
  readonly signal: AbortSignal;
  /** what has workers search */
  readonly remote?: SearchJob;
}

/** A collection that is searched as it stands: through graphs that are built now, or every row where it is; here, or by workers. */
export async function corpusIndex(
  { vectors: rows, names, groups: classes }: Collection,
  { remote, ...options }: CorpusIndexOptions,
): Promise<Searchable> {
  const corpus = { rows, ids: names.ofRow, classes };
  const { index, distance } = options;
  if (remote !== undefined) {
    const search = await remoteSearch(remote, corpus, index);
    return sharded(corpus, { distance, index, search });
  }
  if (index === 'exact') return flat(corpus, { distance });
  const { search } = await graphsOfShards(sourceOf(rows), corpus, options);
  return sharded(corpus, { distance, index, search });
}
