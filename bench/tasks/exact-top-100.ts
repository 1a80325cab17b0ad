import { matrix } from '../../src/core/matrix.ts';
import { dot } from '../../src/distances/dot.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { neighborDifference } from '../compare.ts';
import { unitRows } from '../data.ts';
import type { Task } from './task.ts';

const [queryRows, rows, cols, k] = [1000, 200_000, 384, 100];

/** A search of an index that holds the corpus before time is taken, here as in the peers. */
export const exactTop100: Task = {
  name: 'exact-top-100',
  rows,
  cols,
  flops: 2 * queryRows * rows * cols,
  peers: ['torch', 'torch-tuned', 'faiss'],
  problem: 'exact_top_k',
  numbers: { k },
  inputs: () => ({ corpus: unitRows(rows, cols, 0), queries: unitRows(queryRows, cols, 1) }),
  async ours({ corpus, queries }) {
    const index = exact({ dim: cols, distance: dot });
    await index.add(
      corpus,
      Uint32Array.from({ length: rows }, (_, i) => i),
    );
    return async () => {
      const { ids, distances } = await index.search(queries, k);
      return {
        value: 0,
        results: {
          ids: matrix(queryRows, k, Float32Array.from(ids)),
          scores: matrix(queryRows, k, distances.map(dot.fromScore)),
        },
      };
    };
  },
  difference: neighborDifference,
};
