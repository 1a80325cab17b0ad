import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists, type Views } from '../../src/core/batches.ts';
import { fromRows, gather, matrix, row } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { candidateLists, type CandidateList } from '../../src/miners/candidate-lists.ts';
import type { MiningOptions } from '../../src/miners/mining-options.ts';
import { batchMisses, nearMisses } from '../../src/miners/near-misses.ts';
import { exact } from '../../src/neighbors/exact.ts';
import { flat, type Searchable } from '../../src/neighbors/flat.ts';
import { memoryBank } from '../../src/neighbors/memory-bank.ts';
import { gaussian } from '../matrices.ts';

const ids = (...values: number[]) => Uint32Array.from(values);
/** A unit vector. */
const at = (degrees: number): number[] => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
];

/** Documents 0 … 89 at 0°, 1°, … 89°, in an index that cannot pass over rows, which tells what it is asked. */
function fan(): { readonly index: Searchable; readonly asked: (readonly [queries: number, k: number])[] } {
  const { searchBelow: _, ...whole } = flat({
    rows: fromRows(Array.from({ length: 90 }, (_, degrees) => at(degrees))),
    ids: Uint32Array.from({ length: 90 }, (_, i) => i),
  });
  const asked: (readonly [number, number])[] = [];
  return {
    asked,
    index: {
      ...whole,
      search(queries, k, options) {
        asked.push([queries.rows, k]);
        return whole.search(queries, k, options);
      },
    },
  };
}

/** From 0°, a positive at so many degrees each. */
function asking(...positives: readonly number[]): Views {
  return {
    anchors: fromRows(positives.map(() => at(0))),
    positives: fromRows(positives.map(at)),
    ids: Uint32Array.from(positives),
  };
}

const kept = ({ candidates, verdicts }: CandidateList): number[] =>
  Array.from(candidates.ids).filter((_, c) => verdicts[c] === 'kept');

describe('candidateLists', () => {
  it('looks at twice as many for the anchors that are short, and for no others', async () => {
    const { index, asked } = fan();
    // what is farther than 5°, 25° and 70° is a negative: of the first 20 others, 15, none and none
    const listsOf = candidateLists('test', index, { relativeMargin: 0, negatives: 2 });
    const lists = await listsOf(asking(5, 25, 70));
    expect(lists.map(kept)).toEqual([
      [6, 7],
      [26, 27],
      [71, 72],
    ]);
    expect(asked).toEqual([
      [3, 20],
      [2, 40],
      [1, 80],
    ]);
  });

  it('stops at the budget, and where there is no more', async () => {
    const { index, asked } = fan();
    const listsOf = candidateLists('test', index, { relativeMargin: 0, negatives: 2, budget: 30 });
    expect((await listsOf(asking(25, 70))).map(kept)).toEqual([[26, 27], []]);
    expect(asked).toEqual([
      [2, 20],
      [2, 30],
    ]);
    asked.length = 0;
    const all = candidateLists('test', index, { relativeMargin: 0, negatives: 2 });
    expect((await all(asking(88))).map(kept)).toEqual([[89]]);
    expect(asked.map(([, k]) => k)).toEqual([20, 40, 80, 160]);
  });

  it('stops where ranks leave the range, or scores what is enough', async () => {
    const { index, asked } = fan();
    const ranged = candidateLists('test', index, { relativeMargin: 0, negatives: 2, rangeMax: 26 });
    expect((await ranged(asking(25))).map(kept)).toEqual([[26]]);
    expect(asked.map(([, k]) => k)).toEqual([20, 40]);
    asked.length = 0;
    // cos 30° = 0.866
    const scored = candidateLists('test', index, {
      relativeMargin: 0,
      negatives: 9,
      minScore: 0.866,
      budget: 999,
    });
    expect((await scored(asking(25))).map(kept)).toEqual([[26, 27, 28, 29, 30]]);
    expect(asked.map(([, k]) => k)).toEqual([90]);
  });

  it('says of each candidate its rank, its score and what decided', async () => {
    const listsOf = candidateLists('test', fan().index, {
      relativeMargin: 0,
      negatives: 2,
      rangeMin: 1,
      budget: 7,
    });
    const [{ positiveScore, candidates, verdicts }] = await listsOf(asking(3));
    expect(positiveScore).toBeCloseTo(Math.cos((3 * Math.PI) / 180), 6);
    expect([...candidates.ids]).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect([...candidates.ranks]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const near = 'relative-margin';
    expect(verdicts).toEqual(['range-min', near, near, 'kept', 'kept', 'not-drawn', 'not-drawn']);
    expect(candidates.scores[3]).toBeCloseTo(Math.cos((4 * Math.PI) / 180), 6);
  });

  it('lists what is right, of its class or too near too, to explain, and decides alike', async () => {
    const rows = fromRows([0, 10, 20, 30, 40, 50].map(at));
    const index = flat({ rows, ids: ids(0, 1, 2, 3, 4, 5), classes: Int32Array.of(1, 2, 1, 3, 4, 5) });
    const listsOf = candidateLists('test', index, { relativeMargin: 0, negatives: 1 });
    const views: Views = {
      ...asking(20),
      ids: ids(2),
      labels: Int32Array.of(1),
      known: idLists([[2, 3]]),
    };
    const [plainly] = await listsOf(views);
    expect([...plainly.candidates.ids]).toEqual([4]);
    expect([...plainly.candidates.ranks]).toEqual([2]);
    const [{ candidates, verdicts }] = await listsOf(views, undefined, true);
    expect([...candidates.ids]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(verdicts).toEqual(['same-class', 'relative-margin', 'positive', 'known', 'kept', 'not-drawn']);
    expect([...candidates.ranks]).toEqual([0, 1, 0, 0, 2, 3]);
  });

  it('takes margins from the least of what is right, where it is asked to', async () => {
    const index = fan().index;
    const views = { ...asking(10), known: idLists([[10, 40]]) };
    const own = candidateLists('test', index, { relativeMargin: 0, negatives: 2 });
    const least = candidateLists('test', index, { relativeMargin: 0, negatives: 2, positive: 'min' });
    expect((await own(views)).map(kept)).toEqual([[11, 12]]);
    const [list] = await least(views);
    expect(kept(list)).toEqual([41, 42]);
    expect(list.positiveScore).toBeCloseTo(Math.cos((10 * Math.PI) / 180), 6);
    expect(list.marginScore).toBeCloseTo(Math.cos((40 * Math.PI) / 180), 6);
  });

  it('is led by a cross-encoder in filters and order alike, and keeps the ranks of the index', async () => {
    // likes even documents, the farther the better: 0.01 a degree, odd ones -1
    const rescore = async (pairs: readonly { readonly query: number; readonly candidate: number }[]) =>
      pairs.map(({ candidate }) => (candidate % 2 === 0 ? candidate / 100 : -1));
    const listsOf = candidateLists('test', fan().index, {
      absoluteMargin: 0.05,
      relativeMargin: 'none',
      negatives: 3,
      rescore,
      budget: 20,
    });
    const [list] = await listsOf(asking(14), { queryIds: ids(7) });
    expect(list.positiveScore).toBeCloseTo(0.14, 6);
    // at most 0.09
    expect(kept(list)).toEqual([8, 6, 4]);
    expect(list.candidates.ranks[list.candidates.ids.indexOf(8)]).toBe(9);
    expect(list.candidates.ids[0]).toBe(20);
    await expect(async () => listsOf(asking(14))).rejects.toThrow(
      'test: the batch must say which queries its anchors are, got none',
    );
  });

  it('asks a guide of the same documents', async () => {
    // the guide finds documents 11 and 12 nearer than the positive
    const guide = (wanted: Uint32Array) =>
      fromRows(Array.from(wanted, (id) => at(id === 11 || id === 12 ? 1 : 60)));
    const listsOf = candidateLists('test', fan().index, { relativeMargin: 0, negatives: 2, guide });
    const views = { ...asking(10), guide: { anchors: fromRows([at(0)]), positives: fromRows([at(30)]) } };
    expect((await listsOf(views)).map(kept)).toEqual([[13, 14]]);
    await expect(async () => listsOf(asking(10))).rejects.toThrow(
      'test: views must have a guide where one is asked, got none',
    );
  });

  it('takes candidates from words, or from vectors and words in turn', async () => {
    const words = async (queries: Uint32Array, count: number) =>
      Array.from(queries, () => ids(80, 10, 3, 60, 12, 40, 11).slice(0, count));
    const by = async (candidates: 'words' | 'both') => {
      const listsOf = candidateLists('test', fan().index, {
        relativeMargin: 0,
        negatives: 3,
        candidates,
        words,
      });
      const [list] = await listsOf(asking(10), { queryIds: ids(0) });
      return kept(list).map((id) => [id, list.candidates.ranks[list.candidates.ids.indexOf(id)]]);
    };
    // 10 is right and 3 too near
    expect(await by('words')).toEqual([
      [80, 1],
      [60, 3],
      [12, 4],
    ]);
    // 0, 80, 1, 3, 2, 60, 12, 4, 40, 5, 11, …: those past 10°
    expect(await by('both')).toEqual([
      [80, 2],
      [60, 6],
      [12, 7],
    ]);
  });

  it('draws alike whatever else is in the batch, and otherwise for another step, query or seed', async () => {
    const options: MiningOptions = { relativeMargin: 'none', negatives: 3, sampling: 'random' };
    const of = async (views: Views, queryIds: Uint32Array, step = 0, seed = 0) =>
      (await candidateLists('test', fan().index, { ...options, seed })(views, { queryIds, step })).map(kept);
    const [first, second] = await of(asking(5, 5), ids(1, 2));
    expect(await of(asking(5), ids(2))).toEqual([second]);
    expect(await of(asking(5, 5, 5), ids(9, 2, 1))).toEqual([expect.anything(), second, first]);
    expect(second).not.toEqual(first);
    expect(await of(asking(5), ids(2), 1)).not.toEqual([second]);
    expect(await of(asking(5), ids(2), 0, 1)).not.toEqual([second]);
    // of 10 times as many as are drawn
    expect(Math.max(...first, ...second)).toBeLessThanOrEqual(30);
    await expect(async () => candidateLists('test', fan().index, options)(asking(5))).rejects.toThrow(
      'test: draws need to know which queries the anchors are, got none',
    );
  });

  it('draws from the whole of a range that is given', async () => {
    const listsOf = candidateLists('test', fan().index, {
      relativeMargin: 'none',
      negatives: 1,
      sampling: 'random',
      rangeMin: 2,
      rangeMax: 5,
    });
    const queries = Array.from({ length: 60 }, (_, q) => q);
    const lists = await listsOf(asking(...queries.map(() => 70)), { queryIds: Uint32Array.from(queries) });
    expect(new Set(lists.flatMap(kept))).toEqual(new Set([2, 3, 4]));
  });
});

describe('an index that passes over what is too near', () => {
  it('gives the negatives, scores and ranks that looking deeper gives', async () => {
    const cases = fc.record({
      seed: fc.nat(),
      dim: fc.integer({ min: 1, max: 6 }),
      distance: fc.constantFrom(cosine, dot, euclidean),
      options: fc.record({
        negatives: fc.integer({ min: 1, max: 5 }),
        rangeMin: fc.constantFrom(0, 2),
        relativeMargin: fc.constantFrom(0, 0.05, 0.5, -0.2, 'none' as const),
        absoluteMargin: fc.constantFrom(undefined, 0.1),
        maxScore: fc.constantFrom(undefined, 0.3, -1),
        minScore: fc.constantFrom(undefined, -0.5),
        sampling: fc.constantFrom('top' as const, 'random' as const, 'weighted' as const),
        budget: fc.constant(200),
      }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ seed, dim, distance, options }) => {
        const rows = gaussian(60, dim, seed, 1);
        const corpus = {
          rows,
          ids: Uint32Array.from({ length: 60 }, (_, i) => i),
          classes: Int32Array.from({ length: 60 }, (_, i) => i % 7),
        };
        const items = Uint32Array.from({ length: 9 }, (_, q) => (q * 13) % 60);
        const views: Views = {
          anchors: gaussian(9, dim, seed, 2),
          positives: gather(rows, items),
          ids: items,
          labels: items
            .map((item) => item % 7)
            .reduce((all, label, q) => all.fill(label, q, q + 1), new Int32Array(9)),
          known: idLists(Array.from(items, (item) => [item, (item + 5) % 60])),
        };
        const key = { queryIds: ids(3, 1, 4, 15, 9, 2, 6, 5, 35) };
        const whole = flat(corpus, { distance });
        const { searchBelow: _, ...deeper } = whole;
        const answer = async (index: Searchable) =>
          (await candidateLists('test', index, options)(views, key)).map((list) =>
            kept(list).map((id) => {
              const c = list.candidates.ids.indexOf(id);
              return {
                id,
                rank: list.candidates.ranks[c],
                score: expect.closeTo(list.candidates.scores[c], 5),
              };
            }),
          );
        const passing = await candidateLists('test', whole, options)(views, key);
        const found = passing.map((list) =>
          kept(list).map((id) => {
            const c = list.candidates.ids.indexOf(id);
            return { id, rank: list.candidates.ranks[c], score: list.candidates.scores[c] };
          }),
        );
        expect(found).toEqual(await answer(deeper));
      }),
    );
  });
});

describe('a queue and a batch', () => {
  it('are mined as an index is: from a queue that holds the same rows the same negatives', async () => {
    const rows = gaussian(40, 3, 5);
    const names = Uint32Array.from({ length: 40 }, (_, i) => i);
    const [stored, held] = [exact({ dim: 3 }), memoryBank({ dim: 3, rows: 40 })];
    await stored.add(rows, names);
    // in two parts, some of it twice
    await held.add(gather(rows, names.subarray(0, 25)), names.subarray(0, 25));
    await held.add(gather(rows, names.subarray(20, 40)), names.subarray(20, 40));
    const views: Views = {
      anchors: gaussian(6, 3, 6),
      positives: gather(rows, [1, 2, 3, 4, 5, 6]),
      ids: ids(1, 2, 3, 4, 5, 6),
    };
    for (const options of [{}, { relativeMargin: 'none', rangeMin: 3 } as const]) {
      const [one, other] = [await nearMisses(stored, options)(views), await nearMisses(held, options)(views)];
      expect(other.negativeIds).toEqual(one.negativeIds);
      expect(other.negativeRanks).toEqual(one.negativeRanks);
      expect(other.negatives).toEqual(one.negatives);
    }
  });

  it('in a batch the candidates are its positives, each item once, in the positives’ own space', async () => {
    const views: Views = {
      anchors: fromRows([at(0), at(0), at(50)]),
      positives: fromRows([at(5), at(20), at(60)]),
      ids: ids(7, 8, 9),
      labels: Int32Array.of(1, 1, 2),
    };
    const mined = await batchMisses({ negatives: 2 })(views);
    // 8 is of 7's class; of 9's, 8 at 30° is farther than 9 at 10°, and so is 7
    expect([...mined.owned]).toEqual([1, 1, 2]);
    expect([...mined.negativeIds]).toEqual([9, 9, 8, 7]);
    expect([...(mined.negativeLabels ?? [])]).toEqual([2, 2, 1, 1]);
    expect([...row(mined.negatives, 3)]).toEqual([...row(views.positives, 0)]);
    const twice = await batchMisses({ relativeMargin: 'none', negatives: 5, sameClass: 'keep' })({
      ...views,
      ids: ids(7, 8, 8),
    });
    expect([...twice.negativeIds]).toEqual([8, 7, 7]);
    expect([
      ...(
        await batchMisses()({
          ...views,
          anchors: matrix(0, 2),
          positives: matrix(0, 2),
          ids: ids(),
          labels: new Int32Array(),
        })
      ).owned,
    ]).toEqual([]);
  });
});
