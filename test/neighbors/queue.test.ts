import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { queue } from '../../src/neighbors/queue.ts';
import { gaussian } from '../matrices.ts';

const ids = (...values: number[]) => Uint32Array.from(values);
const column = (...values: number[]) => fromRows(values.map((value) => [value]));

/** Ids it holds, by their distance from 0. */
async function held(index: ReturnType<typeof queue>): Promise<number[]> {
  const {
    ids: found,
    found: [count],
  } = await index.search(column(0), 9);
  return [...found.subarray(0, count)];
}

describe('queue', () => {
  it('holds the last rows that came', async () => {
    const index = queue({ dim: 1, capacity: 3, distance: euclidean });
    await index.add(column(1, 2), ids(1, 2));
    expect(await held(index)).toEqual([1, 2]);
    await index.add(column(3, 4), ids(3, 4));
    expect(await held(index)).toEqual([2, 3, 4]);
    expect(index.size).toBe(3);
    await index.add(column(5, 6, 7, 8), ids(5, 6, 7, 8));
    expect(await held(index)).toEqual([6, 7, 8]);
  });

  it('takes a row of a known id for a new one', async () => {
    const index = queue({ dim: 1, capacity: 3, distance: euclidean });
    await index.add(column(1, 2, 3), ids(1, 2, 3));
    await index.add(column(0.5), ids(1));
    // 2 is the oldest now, then 3
    await index.add(column(4), ids(4));
    expect(await held(index)).toEqual([1, 3, 4]);
    expect([...index.read(ids(1)).rows.data]).toEqual([0.5]);
    await index.add(column(5), ids(5));
    expect(await held(index)).toEqual([1, 4, 5]);
  });

  it('keeps classes with their rows, and waits with new rows for searches under way', async () => {
    const index = queue({ dim: 8, capacity: 500, distance: euclidean });
    const names = Uint32Array.from({ length: 500 }, (_, i) => i);
    await index.add(
      gaussian(500, 8, 1),
      names,
      Int32Array.from(names, (i) => i % 2),
    );
    const queries = gaussian(400, 8, 2);
    const before = index.search(queries, 5, { exclude: { queryClass: new Int32Array(400) } });
    const adding = index.add(
      gaussian(500, 8, 3),
      names,
      Int32Array.from(names, () => 7),
    );
    const { ids: found } = await before;
    expect([...found].filter((id) => id % 2 === 0)).toEqual([]);
    await adding;
    const after = await index.search(queries, 5, { exclude: { queryClass: new Int32Array(400) } });
    expect([...after.ids].some((id) => id % 2 === 0)).toBe(true);
    expect(index.read(ids(3)).classes).toEqual(Int32Array.of(7));
  });

  it('refuses what does not fit, and to be used after dispose()', async () => {
    const index = queue({ dim: 1, capacity: 2 });
    await expect(index.add(column(1, 2), ids(1, 1))).rejects.toThrow('queue.add: ids must be distinct');
    await expect(index.add(column(NaN), ids(1))).rejects.toThrow('queue.add: rows row 0 must be finite');
    await index.add(column(1), ids(1));
    await expect(index.add(column(2), ids(2), Int32Array.of(1))).rejects.toThrow(
      'queue.add: classes must come with all rows or with none',
    );
    expect(() => queue({ dim: 1, capacity: 0 })).toThrow(
      'queue: capacity must be a whole number >= 1, got 0',
    );
    index.dispose();
    await expect(index.search(column(1), 1)).rejects.toThrow(
      'queue: an index must not be used after dispose()',
    );
  });
});
