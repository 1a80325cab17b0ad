import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/core/matrix.ts';
import { certified } from '../../src/metrics/certified.ts';
import { indexRecall } from '../../src/metrics/index-recall.ts';
import { tune } from '../../src/metrics/tune.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { hnsw } from '../../src/neighbors/hnsw.ts';
import type { Neighbors } from '../../src/neighbors/neighbor-index.ts';
import { gaussian } from '../matrices.ts';

const neighbors = (k: number, distances: number[], found: number[]): Neighbors => ({
  k,
  ids: new Uint32Array(distances.length),
  distances: Float32Array.from(distances),
  found: Uint32Array.from(found),
});

describe('indexRecall', () => {
  it('is the share of rows no farther than the farthest that is true, ties included', () => {
    const truth = neighbors(3, [1, 2, 2, 5, Infinity, Infinity, Infinity, Infinity, Infinity], [3, 1, 0]);
    const found = neighbors(3, [1, 2, 3, 6, Infinity, Infinity, Infinity, Infinity, Infinity], [3, 1, 0]);
    expect([...indexRecall(found, truth)]).toEqual([2 / 3, 0, 1]);
  });
});

/** Few links and hard rows, so that a narrow search misses much. */
async function sparse() {
  const index = hnsw({ dim: 24, M: 4, efConstruction: 20, ef: 5 });
  await index.add(
    gaussian(3000, 24, 1),
    Uint32Array.from({ length: 3000 }, (_, i) => i),
  );
  // so few rows would be looked at one by one
  await index.refresh();
  return index;
}

describe('tune', () => {
  it('finds a narrow search that has the recall, which it measures on queries that had no part in the choice', async () => {
    const index = await sparse();
    const queries = gaussian(400, 24, 2);
    const tuned = await tune(index, { recall: 0.9, queries });
    expect(tuned.ef).toBeGreaterThan(10);
    expect(tuned.queries).toBe(200);
    // fresh queries, a slower way: recall counted by ids
    const fresh = gaussian(500, 24, 3);
    const [found, truth] = [
      await index.search(fresh, 10, { ef: tuned.ef }),
      await index.search(fresh, 10, { exact: true }),
    ];
    let hits = 0;
    for (let q = 0; q < 500; q++) {
      const near = new Set(truth.ids.subarray(10 * q, 10 * q + 10));
      for (const id of found.ids.subarray(10 * q, 10 * q + 10)) if (near.has(id)) hits++;
    }
    expect(hits / 5000).toBeGreaterThan(0.88);
    expect(tuned.interval[0]).toBeLessThanOrEqual(tuned.recall);
    expect(tuned.interval[1]).toBeGreaterThanOrEqual(tuned.recall);
    const lower = await tune(index, { recall: 0.5, queries });
    expect(lower.ef).toBeLessThan(tuned.ef);
  });

  it('asks stored rows for the others where there are no queries, and gives the same for one seed', async () => {
    const index = await sparse();
    const [once, again] = [
      await tune(index, { recall: 0.8, seed: 1 }),
      await tune(index, { recall: 0.8, seed: 1 }),
    ];
    expect(once).toEqual(again);
    // a row that found itself would have a tenth of its recall for nothing
    expect(once.ef).toBeGreaterThan(10);
  });

  it('says where a recall is not to be had', async () => {
    const { ef, reached } = await tune(await sparse(), { recall: 1, most: 12 });
    expect([ef, reached]).toEqual([12, false]);
  });

  it('finds all with an exact index', async () => {
    const index = exact({ dim: 4 });
    await index.add(
      gaussian(100, 4, 1),
      Uint32Array.from({ length: 100 }, (_, i) => i),
    );
    expect(await tune(index, { recall: 1 })).toMatchObject({
      ef: 10,
      recall: 1,
      interval: [1, 1],
      reached: true,
    });
  });

  it('refuses what it cannot measure', async () => {
    const index = exact({ dim: 4 });
    await expect(tune(index, { recall: 0.9 })).rejects.toThrow('tune: index must have rows, got none');
    await index.add(
      gaussian(10, 4, 1),
      Uint32Array.from({ length: 10 }, (_, i) => i),
    );
    await expect(tune(index, { recall: 0.9 })).rejects.toThrow('tune: queries must be at least 20, got 10');
    await expect(tune(index, { recall: 1.5 })).rejects.toThrow(
      'tune: recall must be a number in (0, 1], got 1.5',
    );
  });
});

describe('a certified index', () => {
  it('searches as wide as was tuned and says with what recall, unless a search is another one', async () => {
    const index = await sparse();
    const tuned = {
      ef: 77,
      k: 10,
      recall: 0.96,
      interval: [0.95, 0.97],
      queries: 200,
      reached: true,
    } as const;
    const sure = certified(index, tuned);
    const queries = gaussian(20, 24, 4);
    const { recall, ...found } = await sure.search(queries, 10);
    expect(found).toEqual(await index.search(queries, 10, { ef: 77 }));
    expect(recall).toEqual({ k: 10, recall: 0.96, interval: [0.95, 0.97], queries: 200 });
    expect((await sure.search(queries, 11)).recall).toBeUndefined();
    expect((await sure.search(queries, 5, { ef: 9 })).recall).toBeUndefined();
    await sure.add(matrix(1, 24), Uint32Array.of(9999));
    expect([sure.size, index.size]).toEqual([3001, 3001]);
  });
});
