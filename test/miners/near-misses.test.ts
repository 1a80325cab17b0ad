import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists, type Views } from '../../src/core/batches.ts';
import { fromRows, matrix, row } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import type { Distance } from '../../src/distances/distance.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import type { MiningOptions } from '../../src/miners/mining-options.ts';
import { batchMisses, nearMisses } from '../../src/miners/near-misses.ts';
import { exact } from '../../src/neighbors/exact.ts';

const ids = (...values: number[]) => Uint32Array.from(values);

/** A unit vector. */
const at = (degrees: number): number[] => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
];

/** Rows by id, and the class of each where they have one. */
async function indexOf(
  rows: readonly (readonly [id: number, row: number[], label?: number])[],
  distance?: Distance,
) {
  const index = exact({ dim: rows[0][1].length, distance });
  const labels = rows.flatMap(([, , label]) => label ?? []);
  await index.add(
    fromRows(rows.map(([, values]) => values)),
    Uint32Array.from(rows, ([id]) => id),
    labels.length > 0 ? Int32Array.from(labels) : undefined,
  );
  return index;
}

/** Documents at 10°, 20°, … 80° with the ids 1 … 8. */
const fan = () => indexOf([1, 2, 3, 4, 5, 6, 7, 8].map((tens) => [tens, at(10 * tens)] as const));

describe('nearMisses', () => {
  it('gives each anchor the nearest rows that are not its positive', async () => {
    const mine = nearMisses(await fan(), { negatives: 2, relativeMargin: 'none' });
    // from 12°: 10°, 20°, 30° …; from 67°: 70°, 60°, 80° …
    const mined = await mine({
      anchors: fromRows([at(12), at(67)]),
      positives: fromRows([at(10), at(60)]),
      ids: ids(1, 6),
    });
    expect([...mined.owned]).toEqual([2, 2]);
    expect([...mined.negativeIds]).toEqual([2, 3, 7, 8]);
    expect([...mined.negativeRanks]).toEqual([1, 2, 1, 2]);
    expect([...mined.negatives.data]).toEqual(
      [20, 30, 70, 80].flatMap((degrees) => at(degrees).map((x) => expect.closeTo(x, 6))),
    );
    const near = [8, 18, 3, 13].map((degrees) => Math.cos((degrees * Math.PI) / 180));
    expect([...mined.negativeScores]).toEqual(near.map((score) => expect.closeTo(score, 6)));
    const own = [2, 7].map((degrees) => expect.closeTo(Math.cos((degrees * Math.PI) / 180), 6));
    expect([...mined.positiveScores]).toEqual(own);
  });

  it('passes over what comes nearer than a margin below the similarity of the positive, and counts it in ranks', async () => {
    // cos 40° = 0.766; 0.9 of it, 0.689, is the cosine of 46.4°: 50° is the first far enough, after 10°, 20°, 30°
    const mine = nearMisses(await fan(), { negatives: 2, relativeMargin: 0.1 });
    const mined = await mine({ anchors: fromRows([at(0)]), positives: fromRows([at(40)]), ids: ids(4) });
    expect([...mined.negativeIds]).toEqual([5, 6]);
    expect([...mined.negativeRanks]).toEqual([4, 5]);
  });

  it('asks for more distance, not less, where the similarity of the positive is negative', async () => {
    // cos 120° = -0.5; with a margin of 0.2 a negative may come to -0.5 - 0.5 · 0.2 = -0.6, the cosine of 126.9°
    const index = await indexOf([
      [1, at(120)],
      [2, at(110)],
      [3, at(123)],
      [4, at(126)],
      [5, at(128)],
      [6, at(150)],
    ]);
    const mined = await nearMisses(index, { relativeMargin: 0.2 })({
      anchors: fromRows([at(0)]),
      positives: fromRows([at(120)]),
      ids: ids(1),
    });
    expect([...mined.negativeIds]).toEqual([5, 6]);
    const atOne = await nearMisses(index, { relativeMargin: 0 })({
      anchors: fromRows([at(0)]),
      positives: fromRows([at(120)]),
      ids: ids(1),
    });
    expect([...atOne.negativeIds]).toEqual([3, 4, 5, 6]);
    // below 0, nearer than the positive too: -0.5 + 0.5 · 0.2 = -0.4, the cosine of 113.6°
    const above = await nearMisses(index, { relativeMargin: -0.2 })({
      anchors: fromRows([at(0)]),
      positives: fromRows([at(120)]),
      ids: ids(1),
    });
    expect([...above.negativeIds]).toEqual([3, 4, 5, 6]);
    const farAbove = await nearMisses(index, { relativeMargin: -0.4 })({
      anchors: fromRows([at(0)]),
      positives: fromRows([at(120)]),
      ids: ids(1),
    });
    expect([...farAbove.negativeIds]).toEqual([2, 3, 4, 5]);
  });

  it.each([
    // |a - p| = 4: similarity -4; at 0.5 a negative must be at -6 or below, at 0 at -4
    {
      distance: euclidean,
      rows: [[3], [5], [5.9], [6.1], [9]],
      positive: [4],
      half: [6.1, 9],
      one: [5, 5.9, 6.1, 9],
    },
    // a · p = 4: at 0.5 a negative may come to 2, at 0 to 4; the anchor is 1
    {
      distance: dot,
      rows: [[5], [3.9], [2.1], [1.9], [-3]],
      positive: [4],
      half: [1.9, -3],
      one: [3.9, 2.1, 1.9, -3],
    },
  ])(
    'keeps to the same rule by other distances: $distance.name',
    async ({ distance, rows, positive, half, one }) => {
      const index = await indexOf(
        rows.map((values, i) => [i + 1, values] as const),
        distance,
      );
      const batch = {
        anchors: fromRows([[distance === dot ? 1 : 0]]),
        positives: fromRows([positive]),
        ids: ids(99),
      };
      const kept = async (relativeMargin: number) => [
        ...(await nearMisses(index, { relativeMargin })(batch)).negatives.data,
      ];
      expect(await kept(0.5)).toEqual(half.map((value) => expect.closeTo(value, 5)));
      expect(await kept(0)).toEqual(one.map((value) => expect.closeTo(value, 5)));
    },
  );

  it('looks at no more than the budget, and gives fewer than asked where there are fewer', async () => {
    // where a search cannot pass over what is too near, that counts too
    const index = { ...(await fan()), searchBelow: undefined };
    const mine = nearMisses(index, { budget: 4, negatives: 3, relativeMargin: 0.1 });
    const anchors = fromRows([at(0), at(0), at(0)]);
    // of the four nearest others, kept are those past 46.4° (one, none); past cos⁻¹(0.9 cos 80°) = 81° there is none at all
    const mined = await mine({
      anchors,
      positives: fromRows([at(40), at(60), at(80)]),
      ids: ids(4, 6, 8),
      known: idLists([[1], [], []]),
    });
    expect([...mined.owned]).toEqual([2, 0, 0]);
    expect([...mined.negativeIds]).toEqual([5, 6]);
    expect([...mined.negativeRanks]).toEqual([3, 4]);
  });

  it('gives nothing from an empty index', async () => {
    const mined = await nearMisses(exact({ dim: 2 }))({
      anchors: fromRows([at(0)]),
      positives: fromRows([at(40)]),
      ids: ids(4),
      labels: Int32Array.of(1),
    });
    expect(mined.negatives).toEqual(matrix(0, 2));
    expect([...mined.owned, ...mined.negativeIds]).toEqual([0]);
  });

  it('says of what label each negative is, where labels are', async () => {
    const index = await indexOf([
      [1, at(10), 7],
      [2, at(20), 7],
      [3, at(30), 8],
      [4, at(40), 9],
    ]);
    const batch = { anchors: fromRows([at(0)]), positives: fromRows([at(10)]), ids: ids(1) };
    const labelled = await nearMisses(index, { relativeMargin: 'none' })({
      ...batch,
      labels: Int32Array.of(7),
    });
    expect([...labelled.negativeIds]).toEqual([3, 4]);
    expect(labelled.negativeLabels).toEqual(Int32Array.of(8, 9));
    const without = await nearMisses(index, { relativeMargin: 'none' })(batch);
    expect([...without.negativeIds]).toEqual([2, 3, 4]);
    expect(without.negativeLabels).toBeUndefined();
  });

  it('never gives the positive, what is known to be right, the same label or what is too near, and owns what it gives', async () => {
    const coordinate = fc.integer({ min: -9, max: 9 });
    const point = fc.tuple(coordinate, coordinate);
    const label = fc.nat(4);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(point, label), { minLength: 1, maxLength: 30 }),
        fc.array(
          fc.record({ anchor: point, item: fc.nat(29), known: fc.array(fc.nat(35), { maxLength: 4 }) }),
          { maxLength: 8 },
        ),
        fc.record({
          budget: fc.integer({ min: 1, max: 40 }),
          negatives: fc.integer({ min: 1, max: 6 }),
          relativeMargin: fc.constantFrom(1, 0.5, 0.05, 0, -0.5, 'none' as const),
        }),
        fc.constantFrom(cosine, dot, euclidean),
        async (stored, asked, options, distance) => {
          const index = await indexOf(
            stored.map(([values, group], i) => [i, [...values], group] as const),
            distance,
          );
          const items = asked.map(({ item }) => item % stored.length);
          const views: Views = {
            anchors: matrix(asked.length, 2, Float32Array.from(asked.flatMap(({ anchor }) => anchor))),
            positives: matrix(asked.length, 2, Float32Array.from(items.flatMap((item) => stored[item][0]))),
            ids: Uint32Array.from(items),
            labels: Int32Array.from(items, (item) => stored[item][1]),
            known: idLists(asked.map(({ known }) => known)),
          };
          const mined = await nearMisses(index, options)(views);
          expect(mined.owned).toHaveLength(asked.length);
          const total = mined.owned.reduce((sum, count) => sum + count, 0);
          const lengths = [
            mined.negatives.rows,
            mined.negativeIds.length,
            mined.negativeScores.length,
            mined.negativeRanks.length,
          ];
          expect(lengths).toEqual([total, total, total, total]);
          let end = 0;
          asked.forEach(({ known }, i) => {
            const start = end;
            end += mined.owned[i];
            const [own, ranks] = [mined.negativeIds.slice(start, end), mined.negativeRanks.slice(start, end)];
            const scores = mined.negativeScores.slice(start, end);
            const mayBeGiven = stored.flatMap(([, group], id) =>
              id !== items[i] && !known.includes(id) && group !== stored[items[i]][1] ? id : [],
            );
            expect([...own].filter((id) => !mayBeGiven.includes(id))).toEqual([]);
            own.forEach((id, e) => expect([...row(mined.negatives, start + e)]).toEqual([...stored[id][0]]));

            // nearest first, each once
            expect(scores).toEqual(scores.toSorted().toReversed());
            expect([...ranks]).toEqual([...new Set(ranks.toSorted())]);
            // as many as there are to give, where none is too near
            const most = Math.min(options.negatives, options.budget, mayBeGiven.length);
            const least = options.relativeMargin === 'none' ? most : 0;
            expect(own.length).toBeLessThanOrEqual(most);
            expect(own.length).toBeGreaterThanOrEqual(least);
            // at 0 or more, never nearer than the positive
            const nearest = Number(options.relativeMargin) >= 0 ? mined.positiveScores[i] : Infinity;
            expect([...scores].filter((near) => near > nearest)).toEqual([]);
          });
          expect(end).toBe(total);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses options that are none', async () => {
    const index = await fan();
    const refusals: readonly (readonly [MiningOptions, string])[] = [
      [{ budget: 0 }, 'budget must be a whole number >= 1, got 0'],
      [{ negatives: 1.5 }, 'negatives must be a whole number >= 1, got 1.5'],
      [{ relativeMargin: NaN }, 'relativeMargin must be a finite number, got NaN'],
      [{ absoluteMargin: Infinity }, 'absoluteMargin must be a finite number, got Infinity'],
      [{ maxScore: NaN }, 'maxScore must be a finite number, got NaN'],
      [{ rangeMin: -1 }, 'rangeMin must be a whole number >= 0, got -1'],
      [{ rangeMin: 3, rangeMax: 3 }, 'rangeMax must be greater than rangeMin, 3, got 3'],
      [
        { rangeMin: 3, rangeMax: 5, negatives: 3 },
        'rangeMax must be at least rangeMin + negatives, 6, got 5',
      ],
      [{ temperature: 0 }, 'temperature must be a finite number > 0, got 0'],
      [{ candidates: 'both' }, "words must be given where candidates is 'both', got none"],
    ];
    for (const [options, sentence] of refusals) {
      expect(() => nearMisses(index, options)).toThrow(new RangeError(`nearMisses: ${sentence}`));
      expect(() => batchMisses(options)).toThrow(new RangeError(`batchMisses: ${sentence}`));
    }
  });

  it('refuses views without ids, and labels where rows have no classes', async () => {
    const mine = nearMisses(await fan());
    const batch = { anchors: fromRows([at(0)]), positives: fromRows([at(40)]) };
    await expect(async () => mine(batch)).rejects.toThrow(
      new RangeError('nearMisses: views must have ids, got none'),
    );
    await expect(async () => mine({ ...batch, ids: ids(4), labels: Int32Array.of(0) })).rejects.toThrow(
      new RangeError('exact.searchBelow: exclude.queryClass needs rows with classes, got rows without'),
    );
    await expect(async () => mine({ ...batch, ids: ids(4, 5) })).rejects.toThrow(
      new RangeError('nearMisses: ids.length must be 1, got 2'),
    );
    await expect(async () => mine({ ...batch, positives: fromRows([]), ids: ids(4) })).rejects.toThrow(
      new RangeError('nearMisses: positives.rows must be 1, got 0'),
    );
  });
});
