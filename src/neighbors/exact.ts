import { checkWhole, refuse } from '../core/check.ts';
import { rowsBetween } from '../core/matrix.ts';
import { pauses } from '../core/patience.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { kernels } from '../kernels/active.ts';
import { exclusionBetween } from '../kernels/exclusion.ts';
import { type NeighborIndex, neighborsOf } from './neighbor-index.ts';
import { store } from './store.ts';

export interface ExactOptions {
  readonly dim: number;
  /** @default cosine */
  readonly distance?: Distance;
}

/**
 * The true neighbors: every query against every row. Costs rows × dim a query and no build.
 *
 * Scores are rounded to float32 before they are compared, so equal scores are ties, and ties go to the smaller id.
 *
 * @throws RangeError if dim is not a whole number >= 1
 */
export function exact({ dim, distance = cosine }: ExactOptions): NeighborIndex {
  checkWhole('exact', 'dim', dim, 1);
  const stored = store('exact', dim);
  let disposed = false;
  const usable = (): void => {
    if (disposed) refuse('exact', 'an index must not be used after dispose()', 'a call');
  };
  return {
    dim,
    distance,
    get size() {
      return stored.size;
    },
    async add(rows, ids, classes) {
      usable();
      stored.put(rows, ids, classes);
    },
    async refresh() {},
    async search(queries, k, { exclude } = {}) {
      usable();
      stored.checkQueries(queries, k, exclude);
      const most = Math.min(k, stored.size);
      const { neighbors, give } = neighborsOf(queries.rows, k);
      const step = Math.max(1, Math.floor(kernels.pace / (stored.size * dim)));
      const pause = pauses();
      for (let start = 0; start < (most === 0 ? 0 : queries.rows); start += step) {
        const end = Math.min(start + step, queries.rows);
        const { rows, scores, found } = kernels.topK(rowsBetween(queries, start, end), stored, most, {
          similarity: distance.similarity,
          exclude: exclude && exclusionBetween(exclude, start, end),
        });
        for (let q = start; q < end; q++) {
          const first = (q - start) * most;
          for (let e = first; e < first + found[q - start]; e++) {
            give(q, stored.ids[rows[e]], distance.fromScore(scores[e]));
          }
        }
        await pause();
      }
      return neighbors;
    },
    read: (ids) => stored.read(ids),
    dispose() {
      disposed = true;
      stored.clear();
    },
  };
}
