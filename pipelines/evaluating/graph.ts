import type { StoredFolder } from '../../src/formats/data-folder.ts';
import { indexRecall } from '../../src/metrics/index-recall.ts';
import type { Distance } from '../../src/distances/distance.ts';
import type { Neighbors } from '../../src/neighbors/neighbor-index.ts';
import type { Values } from '../../src/streams/evaluate.ts';
import { graphsOfShards } from '../graphs-of-shards.ts';
import { rankedIds } from './remote.ts';
import type { StoredOptions } from './stored.ts';
import type { Ranked, System } from './systems.ts';

export interface GraphOptions extends StoredOptions {
  readonly ef: number;
  readonly seed: number;
  readonly shardRows: number;
}

/** The same vectors through graphs, which are in memory. */
export async function throughGraph(
  { corpus, corpusVectors }: StoredFolder,
  { depth, ...options }: GraphOptions,
): Promise<System> {
  const ids = corpus.names.ofRow;
  const { search, dispose } = await graphsOfShards(corpusVectors, { ids }, options);
  return {
    name: 'hnsw',
    bytes: 4 * corpusVectors.cols,
    rank: async ({ queries }) => rankedIds(await search(queries, depth, {}), queries, depth, ids),
    dispose,
  };
}

/** For each query the share of its true nearest that the graph found, at some cuts no deeper than the rankings. */
export function recallOf(graph: Ranked, truth: Ranked, distance: Distance): Values {
  const [found, all] = [graph, truth].map((ranking, i) =>
    neighborsOf(ranking, i === 0 ? undefined : distance),
  );
  return Object.fromEntries(
    [10, 100]
      .filter((k) => k <= truth.k)
      .map((k) => [`recall@${k}`, indexRecall(cut(found, k), cut(all, k))]),
  );
}

/** A graph gives distances, others scores. */
function neighborsOf({ k, ids, found, scores = new Float32Array() }: Ranked, distance?: Distance): Neighbors {
  const distances = scores.map((score) => (distance === undefined ? -score : distance.fromScore(score)));
  return { k, ids, found, distances };
}

/** The first k of each. */
function cut({ k: room, ids, found, distances }: Neighbors, k: number): Neighbors {
  const places = Uint32Array.from({ length: found.length * k }, (_, e) => Math.floor(e / k) * room + (e % k));
  return {
    k,
    ids: places.map((place) => ids[place]),
    distances: Float32Array.from(places, (place) => distances[place]),
    found: found.map((count) => Math.min(count, k)),
  };
}
