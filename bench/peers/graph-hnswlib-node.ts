// hnswlib-node, which takes one row a call on one thread, told what to do by lines of JSON; see graph-peer.ts.

import hnswlib from 'hnswlib-node';
import { answerLines, inputs, writeIds } from '../graph-lines.ts';

const { rows, queries, dim } = inputs();
let index = new hnswlib.HierarchicalNSW('l2', dim);

const at = (of: Float32Array, i: number): number[] => Array.from(of.subarray(i * dim, (i + 1) * dim));

await answerLines({
  async build({ M, efConstruction }) {
    const count = rows.length / dim;
    index = new hnswlib.HierarchicalNSW('l2', dim);
    index.initIndex({ maxElements: count, m: M, efConstruction, randomSeed: 1 });
    for (let i = 0; i < count; i++) index.addPoint(at(rows, i), i);
  },
  async search({ ef, k }) {
    index.setEf(ef);
    const count = queries.length / dim;
    const ids = new Uint32Array(count * k);
    for (let q = 0; q < count; q++) ids.set(index.searchKnn(at(queries, q), k).neighbors, q * k);
    return () => writeIds(ids);
  },
});
