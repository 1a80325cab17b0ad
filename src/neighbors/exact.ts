import { checkWhole, refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { kernels } from '../kernels/active.ts';
import type { TopK, TopKOptions } from '../kernels/kernels.ts';
import { type NeighborIndex, neighborsOf } from './neighbor-index.ts';
import { packedRows } from './packed-rows.ts';
import { store } from './store.ts';

export interface ExactOptions {
  readonly dim: number;
  /** @default cosine */
  readonly distance?: Distance;
}

/**
 * The true neighbors: every query against every row. Costs rows × dim a query and no build.
 *
 * Searches leave the event loop free; rows that are added meanwhile wait for them. The rows are kept twice, as they came and as the
 * kernels read them; a search brings the second up to date first, where rows have come or changed.
 *
 * Scores are rounded to float32 before they are compared, so equal scores are ties, and ties go to the smaller id.
 *
 * @throws RangeError if dim is not a whole number >= 1
 */
export function exact({ dim, distance = cosine }: ExactOptions): NeighborIndex {
  checkWhole('exact', 'dim', dim, 1);
  const stored = store('exact', dim);
  const packed = packedRows();
  let disposed = false;
  const usable = (): void => {
    if (disposed) refuse('exact', 'an index must not be used after dispose()', 'a call');
  };

  const searches = new Set<Promise<TopK>>();
  const topK = (queries: Matrix, k: number, options: TopKOptions): Promise<TopK> => {
    const { rows, ids, classes } = stored;
    const search = packed
      .of(rows)
      .then((form) => kernels.later.topK(queries, { rows, ids, classes, packed: form }, k, options));
    searches.add(search);
    return search.finally(() => searches.delete(search));
  };

  return {
    dim,
    distance,
    get size() {
      return stored.size;
    },
    async add(rows, ids, classes) {
      usable();
      while (searches.size > 0) await Promise.allSettled(searches);
      usable();
      packed.change(stored.put(rows, ids, classes));
    },
    async refresh() {},
    async search(queries, k, { exclude } = {}) {
      usable();
      stored.checkQueries(queries, k, exclude);
      const { neighbors, give } = neighborsOf(queries.rows, k);
      const most = Math.min(k, stored.size);
      if (most === 0 || queries.rows === 0) return neighbors;
      const { ids } = stored;
      const { rows, scores, found } = await topK(queries, most, {
        similarity: distance.similarity,
        exclude,
      });
      for (let q = 0; q < queries.rows; q++) {
        for (let e = q * most; e < q * most + found[q]; e++) {
          give(q, ids[rows[e]], distance.fromScore(scores[e]));
        }
      }
      return neighbors;
    },
    read: (ids) => stored.read(ids),
    dispose() {
      disposed = true;
      stored.clear();
      packed.clear();
    },
  };
}
