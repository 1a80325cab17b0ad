import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dcg } from '../../src/metrics/dcg.ts';
import { fallOut } from '../../src/metrics/fall-out.ts';
import { hitRate } from '../../src/metrics/hit-rate.ts';
import { meanAveragePrecision } from '../../src/metrics/mean-average-precision.ts';
import { mean } from '../../src/metrics/mean.ts';
import { mrr } from '../../src/metrics/mrr.ts';
import { ndcg } from '../../src/metrics/ndcg.ts';
import { averagePrecision } from '../../src/metrics/precision-recall.ts';
import { precision } from '../../src/metrics/precision.ts';
import { rPrecision } from '../../src/metrics/r-precision.ts';
import { rankedLists } from '../../src/metrics/ranked-lists.ts';
import { ranked, type Ranking } from '../../src/metrics/ranking.ts';
import { recall } from '../../src/metrics/recall.ts';

/** One list, its scores falling: its grades are in order. */
function inOrder(grades: readonly number[]): Ranking {
  return rankedLists({ scores: grades.map((_, r) => -r), grades, offsets: [0, grades.length] });
}

/** Every order of some candidates that does not go against their scores. */
function ordersOf(scores: readonly number[], grades: readonly number[]): number[][] {
  if (scores.length === 0) return [[]];
  const best = Math.max(...scores);
  return scores.flatMap((score, i) =>
    score === best
      ? ordersOf(scores.toSpliced(i, 1), grades.toSpliced(i, 1)).map((rest) => [grades[i], ...rest])
      : [],
  );
}

describe('rankedLists', () => {
  it('orders each list by its scores, the later of equal ones first', () => {
    const ranking = rankedLists({
      scores: [1, 3, 3, 2, 0.5],
      grades: [0, 1, 2, 3, 4],
      offsets: [0, 4, 4, 5],
    });
    expect(ranking.queries).toBe(3);
    expect(ranking.depth).toBe(4);
    expect([...ranking.grades]).toEqual([2, 1, 3, 0, 0, 0, 0, 0, 4, 0, 0, 0]);
    expect([...ranking.judged]).toEqual([3, 2, 1, 4]);
    expect([...ranking.offsets]).toEqual([0, 3, 3, 4]);
    expect(ranking.candidates).toEqual(Uint32Array.of(4, 0, 1));
  });

  it('gives a constant scorer nothing for relevant candidates that are listed first', () => {
    const constant = rankedLists({ scores: [1, 1, 1], grades: [1, 0, 0], offsets: [0, 3] });
    expect([...mrr()(constant)]).toEqual([1 / 3]);
  });

  it('has values that are not far from 0 for an empty list', () => {
    const empty = rankedLists({ scores: [], grades: [], offsets: [0, 0] });
    for (const metric of [
      ndcg(),
      dcg(),
      mrr(),
      precision(1),
      recall(1),
      hitRate(1),
      rPrecision(),
      fallOut(1),
    ])
      expect([...metric(empty)]).toEqual([0]);
    expect(rankedLists({ scores: [], grades: [], offsets: [0] }).queries).toBe(0);
  });

  it('refuses offsets that do not fit, and what is not finite', () => {
    const grades = [0, 1];
    const refused = (scores: number[], offsets: number[]) => () => rankedLists({ scores, grades, offsets });
    expect(refused([1, 2], [0, 1])).toThrow(new RangeError('rankedLists: the last offset must be 2, got 1'));
    expect(refused([1, 2], [1, 2])).toThrow(new RangeError('rankedLists: offsets[0] must be 0, got 1'));
    expect(refused([1, 2], [0, 2, 1])).toThrow(
      new RangeError('rankedLists: offsets[2] must be a whole number >= 2, got 1'),
    );
    expect(refused([1, NaN], [0, 2])).toThrow(
      new RangeError('rankedLists: scores[1] must be a finite number, got NaN'),
    );
    expect(refused([1], [0, 1])).toThrow(new RangeError('rankedLists: grades.length must be 1, got 2'));
  });
});

describe('hitRate, precision, rPrecision and fallOut', () => {
  const ranking = inOrder([0, 2, 0, 1, 0, -1]);

  it('count among the first k, or the first R', () => {
    expect([1, 2, 3].map((k) => hitRate(k)(ranking)[0])).toEqual([0, 1, 1]);
    expect([1, 2, 4, 10].map((k) => precision(k)(ranking)[0])).toEqual([0, 0.5, 0.5, 0.2]);
    expect(rPrecision()(ranking)[0]).toBe(0.5);
    expect([1, 2, 3, 9].map((k) => fallOut(k)(ranking)[0])).toEqual([0.25, 0.25, 0.5, 1]);
  });

  it('are 0 where nothing is relevant, and fallOut where all is', () => {
    const none = inOrder([0, 0]);
    expect([hitRate(2), precision(2), rPrecision()].map((metric) => metric(none)[0])).toEqual([0, 0, 0]);
    expect(fallOut(2)(inOrder([1, 1]))[0]).toBe(0);
  });

  it('refuse to say what fell out of a ranking that does not say what there was', () => {
    const retrieved = ranked({ k: 1, ids: Uint32Array.of(0), found: Uint32Array.of(1) }, [new Map([[0, 1]])]);
    expect(() => fallOut(1)(retrieved)).toThrow(
      new RangeError('fallOut: ranking must be of scored lists, got one without candidates'),
    );
  });

  it.each([hitRate, precision, fallOut, mrr, recall])('refuse a k that is none: %o', (metric) => {
    expect(() => metric(0)).toThrow(`${metric.name}: k must be a whole number >= 1, got 0`);
  });
});

describe('mrr', () => {
  it('is 0 where the first relevant document is past k', () => {
    expect([1, 2, 3].map((k) => mrr(k)(inOrder([0, 0, 1]))[0])).toEqual([0, 0, 1 / 3]);
  });
});

describe('meanAveragePrecision', () => {
  // relevant at ranks 1, 3 and 5
  const ranking = inOrder([1, 0, 1, 0, 1]);
  const at = (k: number, over: 'relevant' | 'reachable' | 'found') =>
    meanAveragePrecision({ k, over })(ranking)[0];

  it('divides by all that are relevant, by as many as there is room for, or by those found', () => {
    expect(at(2, 'relevant')).toBeCloseTo(1 / 3, 12);
    expect(at(2, 'reachable')).toBeCloseTo(1 / 2, 12);
    expect(at(2, 'found')).toBe(1);
    expect(at(3, 'relevant')).toBeCloseTo((1 + 2 / 3) / 3, 12);
    expect(at(9, 'reachable')).toBeCloseTo((1 + 2 / 3 + 3 / 5) / 3, 12);
    expect(meanAveragePrecision()(ranking)[0]).toBe(at(9, 'found'));
  });

  it('is the average precision of scores that are all different', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1 }), (grades) => {
        const scores = grades.map((_, i) => (7 * i) % 101);
        const [value] = meanAveragePrecision()(rankedLists({ scores, grades, offsets: [0, grades.length] }));
        expect(value).toBeCloseTo(grades.includes(1) ? averagePrecision(scores, grades) : 0, 12);
      }),
    );
  });
});

describe('dcg and ndcg', () => {
  it('have gains of the grade or of 2^grade - 1', () => {
    const ranking = inOrder([1, 3, 0, 2]);
    const linear = 1 + 3 / Math.log2(3) + 2 / Math.log2(5);
    const exponential = 1 + 7 / Math.log2(3) + 3 / Math.log2(5);
    expect(dcg()(ranking)[0]).toBeCloseTo(linear, 12);
    expect(dcg(undefined, { gain: 'exponential' })(ranking)[0]).toBeCloseTo(exponential, 12);
    expect(ndcg()(ranking)[0]).toBeCloseTo(linear / (3 + 2 / Math.log2(3) + 0.5), 12);
    expect(ndcg(2, { gain: 'exponential' })(ranking)[0]).toBeCloseTo((1 + 7 / Math.log2(3)) / (7 + 3 / Math.log2(3)), 12); // prettier-ignore
  });

  it('discount by another logarithm, which is another unit', () => {
    expect(dcg(1, { base: 10 })(inOrder([1]))[0]).toBeCloseTo(1 / Math.log10(2), 12);
  });

  it('average over every order of equal scores', () => {
    const lists = fc.record({
      candidates: fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: -1, max: 3 })), {
        minLength: 1,
        maxLength: 6,
      }),
      k: fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }),
      gain: fc.constantFrom('linear' as const, 'exponential' as const),
    });
    fc.assert(
      fc.property(lists, ({ candidates, k, gain }) => {
        const scores = candidates.map(([score]) => score);
        const grades = candidates.map(([, grade]) => grade);
        const tied = rankedLists({ scores, grades, offsets: [0, grades.length] });
        const orders = ordersOf(scores, grades).map(inOrder);
        for (const metric of [dcg, ndcg]) {
          const slowly = mean(orders.map((order) => metric(k, { gain })(order)[0]));
          expect(metric(k, { gain, ties: 'averaged' })(tied)[0]).toBeCloseTo(slowly, 12);
        }
      }),
    );
  });

  it('refuse to average over ties of a ranking without scores', () => {
    const retrieved = ranked({ k: 1, ids: Uint32Array.of(0), found: Uint32Array.of(1) }, [new Map([[0, 1]])]);
    expect(() => ndcg(1, { ties: 'averaged' })(retrieved)).toThrow(
      new RangeError('ndcg: ranking must be of scored lists for ties to be averaged, got one without scores'),
    );
  });

  it('refuse a base that is none', () => {
    expect(() => dcg(1, { base: 1 })).toThrow(new RangeError('dcg: base must be a finite number > 1, got 1'));
  });
});
