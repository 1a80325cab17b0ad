import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import { fromRows, matrix, rowsBetween } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { flat } from '../../src/neighbors/flat.ts';
import { gaussian } from '../matrices.ts';

const ids = (...values: number[]) => Uint32Array.from(values);

/** Each geometry from its definition, and the squares that are exact for whole numbers where it has a root. */
const geometries = [
  { distance: dot, from: (x: number[], y: number[]) => -inner(x, y) },
  {
    distance: cosine,
    from: (x: number[], y: number[]) => 1 - inner(x, y) / (Math.hypot(...x) * Math.hypot(...y) || 1),
  },
  {
    distance: euclidean,
    from: (x: number[], y: number[]) => Math.hypot(...x.map((value, k) => value - y[k])),
  },
];

const inner = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, k) => sum + value * y[k], 0);

interface Item {
  readonly id: number;
  readonly at: number[];
  readonly group: number;
}

const at = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 3, maxLength: 3 });
const items = fc.uniqueArray(fc.record({ id: fc.nat(70), at, group: fc.nat(3) }), {
  selector: ({ id }) => id,
  minLength: 1,
  maxLength: 50,
});

/** What a person would do: measure all that may be given, sort, cut. */
function byHand(
  stored: readonly Item[],
  query: number[],
  k: number,
  measure: (x: number[], y: number[]) => number,
) {
  return stored
    .map((item) => ({ ...item, far: Math.fround(measure(query, item.at)) }))
    .sort((a, b) => a.far - b.far || a.id - b.id)
    .slice(0, k);
}

describe('exact', () => {
  it.each(geometries)(
    'finds what measuring everything finds, whatever is excluded: $distance.name',
    async ({ distance, from }) => {
      await fc.assert(
        fc.asyncProperty(
          items,
          fc.array(at, { minLength: 1, maxLength: 4 }),
          fc.integer({ min: 1, max: 12 }),
          fc.record({ byClass: fc.boolean(), byBit: fc.boolean(), byList: fc.boolean() }),
          fc.array(fc.array(fc.nat(70), { maxLength: 25 }), { minLength: 4, maxLength: 4 }),
          fc.uint8Array({ minLength: 9, maxLength: 9 }),
          async (stored, queries, k, { byClass, byBit, byList }, lists, allowed) => {
            const index = exact({ dim: 3, distance });
            await index.add(
              fromRows(stored.map((item) => item.at)),
              Uint32Array.from(stored, ({ id }) => id),
              Int32Array.from(stored, ({ group }) => group),
            );
            const groups = queries.map((_, q) => q % 4);
            const neighbors = await index.search(fromRows(queries), k, {
              exclude: {
                queryClass: byClass ? Int32Array.from(groups) : undefined,
                allowed: byBit ? allowed : undefined,
                perQuery: byList ? idLists(lists.slice(0, queries.length)) : undefined,
              },
            });
            expect(neighbors.k).toBe(k);
            queries.forEach((query, q) => {
              const given = stored
                .filter(({ group }) => !byClass || group !== groups[q])
                .filter(
                  ({ id }) =>
                    !byBit ||
                    allowed[Math.floor(id / 8)]
                      .toString(2)
                      .padStart(8, '0')
                      .at(-1 - (id % 8)) === '1',
                )
                .filter(({ id }) => !byList || !lists[q].includes(id));
              const expected = byHand(given, query, k, from);
              expect(neighbors.found[q]).toBe(expected.length);
              const padding = Array.from({ length: k - expected.length }, () => ({ id: 0, far: Infinity }));
              const answer = [...expected, ...padding];
              const [start, end] = [q * k, (q + 1) * k];
              expect([...neighbors.ids.subarray(start, end)]).toEqual(answer.map(({ id }) => id));
              expect([...neighbors.distances.subarray(start, end)]).toEqual(
                answer.map(({ far }) => expect.closeTo(far, 5)),
              );
            });
          },
        ),
        { numRuns: 150 },
      );
    },
  );

  it('gives the closest of more rows and queries than are scored at a time', async () => {
    // points on a line, out of order: 7919 is prime to 3000
    const places = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 3000);
    const index = exact({ dim: 1, distance: euclidean });
    await index.add(fromRows(places.map((place) => [place])), Uint32Array.from(places));
    const asked = Array.from({ length: 150 }, (_, q) => 20 * q + 0.2);
    const { ids: found, distances } = await index.search(fromRows(asked.map((place) => [place])), 3);
    asked.forEach((_, q) => expect(found[3 * q]).toBe(20 * q));
    asked
      .slice(1)
      .forEach((_, q) =>
        expect([...found.subarray(3 * q + 3, 3 * q + 6)]).toEqual([20 * q + 20, 20 * q + 21, 20 * q + 19]),
      );
    expect(distances[3]).toBeCloseTo(0.2, 4);
    expect(distances[4]).toBeCloseTo(0.8, 4);
    expect(distances[5]).toBeCloseTo(1.2, 4);
  });

  it('gives equal distances by id, however they came in', async () => {
    const index = exact({ dim: 2, distance: dot });
    await index.add(
      fromRows([
        [1, 0],
        [1, 5],
        [1, 3],
        [2, 0],
      ]),
      ids(30, 10, 20, 40),
    );
    const { ids: found } = await index.search(fromRows([[1, 0]]), 3);
    expect([...found]).toEqual([40, 10, 20]);
  });

  it('takes what is equal as float32 for equal', async () => {
    const index = exact({ dim: 2, distance: dot });
    // 2^24 + 1 is no float32: its nearest is 2^24
    await index.add(
      fromRows([
        [2 ** 24, 0],
        [2 ** 24, 1],
      ]),
      ids(3, 9),
    );
    const { ids: found, distances } = await index.search(fromRows([[1, 1]]), 1);
    expect([found[0], distances[0]]).toEqual([3, -(2 ** 24)]);
  });

  it('puts a zero row at cosine distance 1 from everything', async () => {
    const index = exact({ dim: 2 });
    await index.add(
      fromRows([
        [0, 0],
        [1, 1],
        [-1, -1],
      ]),
      ids(1, 2, 3),
    );
    const { ids: found, distances } = await index.search(fromRows([[2, 2]]), 3);
    expect([...found]).toEqual([2, 1, 3]);
    expect([...distances]).toEqual([0, 1, 2].map((distance) => expect.closeTo(distance, 6)));
  });

  it('gives replaced rows where they are now, refreshed or not', async () => {
    const index = exact({ dim: 2, distance: euclidean });
    await index.add(
      fromRows([
        [0, 0],
        [5, 0],
        [9, 0],
      ]),
      ids(1, 2, 3),
    );
    await index.add(
      fromRows([
        [100, 0],
        [50, 0],
      ]),
      ids(1, 4),
    );
    expect(index.size).toBe(4);
    const nearest = async () => [
      ...(
        await index.search(
          fromRows([
            [1, 0],
            [99, 0],
          ]),
          2,
        )
      ).ids,
    ];
    expect(await nearest()).toEqual([2, 3, 1, 4]);
    await index.refresh();
    expect(await nearest()).toEqual([2, 3, 1, 4]);
  });

  it('searches the rows there were when it was asked, and finds those that were added before it', async () => {
    const index = exact({ dim: 1, distance: euclidean });
    await index.add(fromRows([[1], [5]]), ids(1, 5));
    const asked = fromRows([[4]]);
    const [before, , after] = await Promise.all([
      index.search(asked, 1),
      index.add(fromRows([[40], [4]]), ids(5, 4)).then(() => index.add(fromRows([[4.5]]), ids(6))),
      index.search(asked, 2),
    ]);
    expect([...before.ids]).toEqual([5]);
    expect([...after.ids]).toEqual([4, 1]);
    expect([...(await index.search(asked, 3)).ids]).toEqual([4, 6, 1]);
    expect(index.size).toBe(4);
  });

  it('finds what a fresh index would after any adding, replacing, removing and searching in turn', async () => {
    const turn = fc.array(fc.tuple(fc.nat(60), at), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 5 }), at, async (turns, query) => {
        const index = exact({ dim: 3, distance: euclidean });
        const rows = new Map<number, number[]>();
        for (const added of turns) {
          const distinct = new Map(added);
          await index.add(fromRows([...distinct.values()]), Uint32Array.from(distinct.keys()));
          for (const [id, where] of distinct) rows.set(id, where);
          const gone = [...distinct.keys()].filter((id) => id % 4 === 0);
          await index.remove(Uint32Array.from(gone));
          for (const id of gone) rows.delete(id);
          const fresh = exact({ dim: 3, distance: euclidean });
          await fresh.add(
            matrix(rows.size, 3, Float32Array.from([...rows.values()].flat())),
            Uint32Array.from(rows.keys()),
          );
          expect(await index.search(fromRows([query]), 7)).toEqual(await fresh.search(fromRows([query]), 7));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('answers a search that was under way when it was disposed of, and refuses all calls after', async () => {
    const index = exact({ dim: 1, distance: euclidean });
    await index.add(fromRows([[1], [5]]), ids(1, 5));
    const search = index.search(fromRows([[4]]), 1);
    index.dispose();
    await expect(index.add(fromRows([[4]]), ids(4))).rejects.toThrow(RangeError);
    await expect(index.search(fromRows([[4]]), 1)).rejects.toThrow(RangeError);
    expect([...(await search).ids]).toEqual([5]);
  });

  it('passes over what is more similar than a ceiling and counts it, as the rows alone are, replaced and removed ones aside', async () => {
    const [rows, queries] = [gaussian(300, 6, 1), gaussian(20, 6, 2)];
    const names = Uint32Array.from({ length: 300 }, (_, i) => i);
    const index = exact({ dim: 6 });
    await index.add(gaussian(300, 6, 3), names);
    await index.add(rows, names);
    await index.remove(names.subarray(280));
    const alone = flat({ rows: rowsBetween(rows, 0, 280), ids: names.subarray(0, 280) });
    const ceilings = Float64Array.from({ length: 20 }, (_, q) => q / 25);
    const exclude = { perQuery: idLists(Array.from({ length: 20 }, (_, q) => [q, q + 20])) };
    expect(await index.searchBelow?.(queries, 7, ceilings, exclude)).toEqual(
      await alone.searchBelow(queries, 7, ceilings, exclude),
    );
  });

  it('finds nothing where nothing is, and answers no queries', async () => {
    const index = exact({ dim: 2 });
    expect(await index.search(fromRows([[1, 2]]), 2)).toEqual({
      k: 2,
      ids: ids(0, 0),
      distances: Float32Array.of(Infinity, Infinity),
      found: ids(0),
    });
    await index.add(matrix(0, 2), ids());
    expect(index.size).toBe(0);
    await index.add(fromRows([[1, 1]]), ids(3));
    expect((await index.search(matrix(0, 2), 2)).found).toHaveLength(0);
  });

  it('takes an id past the end of the bitset for one that is not allowed', async () => {
    const index = exact({ dim: 1, distance: euclidean });
    await index.add(fromRows([[1], [2], [3]]), ids(0, 7, 8));
    const { ids: found, found: count } = await index.search(fromRows([[9]]), 3, {
      exclude: { allowed: Uint8Array.of(0b1000_0001) },
    });
    expect([...found.subarray(0, count[0])]).toEqual([7, 0]);
  });

  it('refuses what does not fit, and stores nothing of it', async () => {
    expect(() => exact({ dim: 0 })).toThrow(new RangeError('exact: dim must be a whole number >= 1, got 0'));
    const index = exact({ dim: 2 });
    await expect(
      index.add(
        fromRows([
          [1, 2],
          [1, NaN],
        ]),
        ids(1, 2),
      ),
    ).rejects.toThrow(new RangeError('exact.add: rows row 1 must be finite, got NaN in column 1'));
    await expect(
      index.add(
        fromRows([
          [1, 2],
          [1, 3],
        ]),
        ids(1, 1),
      ),
    ).rejects.toThrow(new RangeError('exact.add: ids must be distinct, got 1 twice'));
    await expect(index.search(fromRows([[1]]), 1)).rejects.toThrow(
      new RangeError('exact.search: queries.cols must be 2, got 1'),
    );
    expect(() => index.read(ids(1))).toThrow(new RangeError('exact.read: every id must be stored, got 1'));
    expect(index.size).toBe(0);
  });
});
