import { describe, expect, it } from 'vitest';
import { gather } from '../../src/core/matrix.ts';
import { liveRecall } from '../../src/metrics/live-recall.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { hnsw } from '../../src/neighbors/hnsw.ts';
import { gaussian } from '../matrices.ts';

const ids = Uint32Array.from({ length: 6000 }, (_, i) => i);
const queries = gaussian(60, 16, 2);
const then = gaussian(6000, 16, 1);

describe('liveRecall', () => {
  it('is 1 and 1 where nothing is missed and nothing has moved, over more rows than are embedded at a time', async () => {
    const index = exact({ dim: 16 });
    await index.add(then, ids);
    const { own, now } = await liveRecall(index, queries, { embedded: (asked) => gather(then, asked) });
    expect(own).toMatchObject({ k: 10, recall: 1, interval: [1, 1], queries: 60 });
    expect(now).toMatchObject({ recall: 1 });
  });

  it('tells what a graph misses from what is out of date', async () => {
    const index = hnsw({ dim: 16, M: 3, efConstruction: 10, ef: 10 });
    await index.add(then, ids);
    await index.refresh();
    const missed = await liveRecall(index, queries, { embedded: (asked) => gather(then, asked) });
    expect(missed.own.recall).toBeLessThan(0.9);
    expect(missed.now?.recall).toBeCloseTo(missed.own.recall, 6);

    // half of the rows have moved elsewhere since
    const moved = gaussian(6000, 16, 3);
    moved.data.set(then.data.subarray(0, 3000 * 16));
    const whole = exact({ dim: 16 });
    await whole.add(then, ids);
    const { own, now } = await liveRecall(whole, queries, { embedded: (asked) => gather(moved, asked) });
    expect(own.recall).toBe(1);
    expect(now?.recall).toBeGreaterThan(0.3);
    expect(now?.recall).toBeLessThan(0.7);
  });

  it('refuses rows of another number than were asked for', async () => {
    const index = exact({ dim: 16 });
    await index.add(then, ids);
    await expect(liveRecall(index, queries, { embedded: () => gaussian(3, 16, 1) })).rejects.toThrow(
      RangeError,
    );
  });
});
