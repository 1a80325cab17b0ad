import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { row, type Matrix } from '../../src/core/matrix.ts';
import { exportHnswlib, importHnswlib } from '../../src/neighbors/hnswlib-file.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { hnsw } from '../../src/neighbors/hnsw.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { gaussian } from '../matrices.ts';

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'nearmiss-hnswlib-'))));
afterAll(() => rm(folder, { recursive: true }));

const [ROWS, DIM] = [1200, 6];
const rows = gaussian(ROWS, DIM, 1);
const queries = gaussian(30, DIM, 2);
const name = (i: number) => 7 * i + 3;
const ids = Uint32Array.from({ length: ROWS }, (_, i) => name(i));

/** As hnswlib-node links them and writes them down. */
async function written(
  path: string,
  removed: readonly number[] = [],
): Promise<InstanceType<typeof hnswlib.HierarchicalNSW>> {
  const index = new hnswlib.HierarchicalNSW('l2', DIM);
  index.initIndex({ maxElements: 2 * ROWS, m: 8, efConstruction: 60, randomSeed: 5 });
  for (let i = 0; i < ROWS; i++) index.addPoint(Array.from(row(rows, i)), name(i));
  for (const i of removed) index.markDelete(name(i));
  await index.writeIndex(path);
  return index;
}

function answers(index: InstanceType<typeof hnswlib.HierarchicalNSW>, asked: Matrix, k: number): number[] {
  return Array.from(
    { length: asked.rows },
    (_, q) => index.searchKnn(Array.from(row(asked, q)), k).neighbors,
  ).flat();
}

describe('a file of hnswlib’s', () => {
  it('gives an index that finds what hnswlib finds, nearest first, by its labels', async () => {
    const path = join(folder, 'theirs');
    const theirs = await written(path);
    theirs.setEf(1200);
    const ours = await importHnswlib(path, { dim: DIM, space: 'l2', rows: ROWS }, { ef: 1200 });
    const found = await ours.search(queries, 10);
    expect([...found.ids]).toEqual(answers(theirs, queries, 10));
    expect([...ours.read(ids.subarray(5, 6)).rows.data]).toEqual([...row(rows, 5)]);
  });

  it('keeps what was removed removed', async () => {
    const path = join(folder, 'removed');
    await written(path, [0, 1, 2]);
    const ours = await importHnswlib(path, { dim: DIM, space: 'l2', rows: ROWS });
    expect(ours.size).toBe(ROWS - 3);
    expect([...(await ours.search(rows, 1)).ids.subarray(0, 4)]).not.toContain(name(1));
  });

  it('is what an index of ours is written as, which hnswlib reads', async () => {
    const index = hnsw({ dim: DIM, distance: squaredEuclidean, M: 8 });
    await index.add(rows, ids);
    await index.remove(ids.subarray(0, 10));
    const path = join(folder, 'ours');
    await exportHnswlib(index, path);
    const theirs = new hnswlib.HierarchicalNSW('l2', DIM);
    await theirs.readIndex(path);
    expect(theirs.getCurrentCount()).toBe(ROWS - 10);
    theirs.setEf(1200);
    expect(answers(theirs, queries, 10)).toEqual([...(await index.search(queries, 10, { ef: 1200 })).ids]);
    const back = await importHnswlib(path, { dim: DIM, space: 'l2', rows: ROWS - 10 });
    expect(await back.search(queries, 10)).toEqual(await index.search(queries, 10));
  });

  it('holds rows of length 1 where the space is cosine', async () => {
    const index = hnsw({ dim: DIM, distance: cosine });
    await index.add(rows, ids);
    const path = join(folder, 'cosine');
    await exportHnswlib(index, path);
    const back = await importHnswlib(path, { dim: DIM, space: 'cosine', rows: ROWS });
    expect([...(await back.search(queries, 5)).ids]).toEqual([...(await index.search(queries, 5)).ids]);
    expect(Math.hypot(...back.read(ids.subarray(0, 1)).rows.data)).toBeCloseTo(1, 6);
  });

  const refused: readonly [
    what: string,
    given: Partial<{ dim: number; space: 'l2'; rows: number }>,
    change: (bytes: Buffer) => Buffer,
    sentence: RegExp,
  ][] = [
    [
      'another dim',
      { dim: 7 },
      (bytes) => bytes,
      /must be a file of hnswlib's of 1200 rows of dim 7, got nodes of 100 bytes, their rows of 24/,
    ],
    ['another number of rows', { rows: 1199 }, (bytes) => bytes, /of 1199 rows of dim 6, got 1200 rows/],
    [
      'cut off',
      {},
      (bytes) => bytes.subarray(0, bytes.length - 3),
      /must be whole, got a file that was cut off or altered/,
    ],
    ['nothing', {}, () => Buffer.alloc(3), /got 3 bytes/],
    [
      'a link out of it',
      {},
      (bytes) => (bytes.writeUInt32LE(1200, 96 + 4), bytes),
      /must be a sound graph, got a link of node 0 to 1200, of 1200 nodes/,
    ],
    [
      'too many links',
      {},
      (bytes) => (bytes.writeUInt16LE(500, 96), bytes),
      /must be a sound graph, got 500 links of node 0 on level 0, at most 16/,
    ],
    [
      'a row that is no number',
      {},
      (bytes) => (bytes.writeFloatLE(NaN, 96 + 68), bytes),
      /rows row 0 must be finite, got NaN in column 0/,
    ],
    [
      'a label past 2^32',
      {},
      (bytes) => (bytes.writeUInt32LE(1, 96 + 68 + 28), bytes),
      /labels must be below 2\^32, got 4294967299/,
    ],
    [
      'a label twice',
      {},
      (bytes) => (bytes.writeUInt32LE(10, 96 + 68 + 24), bytes),
      /ids must be distinct, got 10 twice/,
    ],
  ];
  it.each(refused)('is refused with the reason: %s', async (what, given, change, sentence) => {
    const path = join(folder, `refused ${what}`);
    await written(path);
    await writeFile(path, change(await readFile(path)));
    await expect(importHnswlib(path, { dim: DIM, space: 'l2', rows: ROWS, ...given })).rejects.toThrow(
      sentence,
    );
  });

  it('cannot be made of an exact index', async () => {
    await expect(exportHnswlib(exact({ dim: 2 }), join(folder, 'exact'))).rejects.toThrow(
      new RangeError('exportHnswlib: index must be one of hnsw, got another'),
    );
  });
});
