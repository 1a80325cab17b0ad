import { graphFrom } from '../kernels/native/graph.ts';
import { exactFrom } from './exact.ts';
import { hnswFrom } from './hnsw.ts';
import { graphOrRefusal } from './live-graph.ts';
import type { NeighborIndex } from './neighbor-index.ts';
import type { RebuildPolicy } from './rebuild-policy.ts';
import { rowLog } from './row-log.ts';
import { readIndex } from './saved-index.ts';

export interface LoadIndexOptions {
  /** of an hnsw index: when rows that come are taken into the graph. */
  readonly rebuild?: RebuildPolicy;
}

/**
 * The index that `save` wrote: it answers as that one would have, now and after the same changes.
 *
 * @throws RangeError, naming the file, if it is none of an index of this version, or was cut off or altered; Error if it is of hnsw and
 *   the graphs were not built at install
 */
export async function loadIndex(path: string, { rebuild }: LoadIndexOptions = {}): Promise<NeighborIndex> {
  const { kind, distance, rows, graph, numbers } = await readIndex(path);
  const dim = rows.rows.cols;
  if (kind === 'exact' || graph === undefined)
    return exactFrom({ dim, distance }, rowLog({ where: 'exact', dim, withInverse: false }, rows));
  const { similarity } = distance;
  const { M, efConstruction, ef, seed, changes, begun } = numbers;
  const options = { dim, distance, M, efConstruction, ef, seed, rebuild };
  const graphOptions = { dim, similarity, M, efConstruction, seed };
  return hnswFrom(options, {
    log: rowLog({ where: 'hnsw', dim, withInverse: similarity === 'cosine' }, rows),
    graph: (await graphFrom(graphOptions, graph)) ?? graphOrRefusal(graphOptions),
    changes,
    begun,
  });
}
