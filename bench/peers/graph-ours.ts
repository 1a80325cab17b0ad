// hnsw, told what to do by lines of JSON; see graph-peer.ts.

import { matrix } from '../../src/core/matrix.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { hnsw } from '../../src/neighbors/hnsw.ts';
import { answerLines, inputs, writeIds } from '../graph-lines.ts';

const { rows, queries, dim, threads } = inputs();
const make = (M: number, efConstruction: number) =>
  hnsw({ dim, distance: squaredEuclidean, M, efConstruction });
const stored = matrix(rows.length / dim, dim, rows);
const asked = matrix(queries.length / dim, dim, queries);
const ids = Uint32Array.from({ length: stored.rows }, (_, i) => i);
let index = make(16, 200);
if (String(threads) !== process.env.NEARMISS_THREADS) throw new Error('NEARMISS_THREADS must be as asked');

await answerLines({
  async build({ M, efConstruction }) {
    index.dispose();
    index = make(M, efConstruction);
    await index.add(stored, ids);
    await index.refresh();
  },
  async search({ ef, k }) {
    const found = await index.search(asked, k, { ef });
    return () => writeIds(found.ids);
  },
});
