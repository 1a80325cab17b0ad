import { describe, expect, it } from 'vitest';
import { ndcg } from '../../src/metrics/ndcg.ts';
import { ranked } from '../../src/metrics/ranking.ts';
import { TREC_CASES, trecCase } from './trec.ts';

/** The ranking of one query from the grades of what was retrieved, and of what was not. */
function rankingOf(retrieved: readonly number[], missed: readonly number[] = []) {
  const ids = Uint32Array.from(retrieved, (_, rank) => rank);
  const neighbors = { k: retrieved.length, ids, found: Uint32Array.of(retrieved.length) };
  return ranked(neighbors, [new Map([...retrieved, ...missed].map((grade, id) => [id, grade]))]);
}

describe('ndcg', () => {
  it('discounts each grade by the logarithm of its rank, against the best order there is', () => {
    // gains 3, 0, 1 at ranks 1, 2, 3: 3 + 1 / 2 = 3.5; the best is 3, 2, 1: 3 + 2 / 1.58496 + 0.5 = 4.76186
    expect(ndcg(3)(rankingOf([3, 0, 1], [2]))[0]).toBeCloseTo(3.5 / 4.76186, 5);
  });

  it('cuts the best order at k too', () => {
    // 1 at rank 1 against 2 at rank 1
    expect(ndcg(1)(rankingOf([1, 2, 2]))[0]).toBeCloseTo(0.5, 10);
    // 1 + 2 / 1.58496 = 2.26186 against 2 + 2 / 1.58496 = 3.26186
    expect(ndcg(2)(rankingOf([1, 2, 2]))[0]).toBeCloseTo(0.69343, 5);
  });

  it('is 1 for the best order however long the list, and for a list shorter than k', () => {
    expect(ndcg(10)(rankingOf([3, 2, 2, 1]))[0]).toBeCloseTo(1, 12);
    expect(ndcg(2)(rankingOf([3, 2, 0, 0], [1]))[0]).toBeCloseTo(1, 12);
  });

  it('takes a grade below 0 for 0, at a rank and in the best order', () => {
    expect(ndcg(3)(rankingOf([-2, 1, 2], [-1]))).toEqual(ndcg(3)(rankingOf([0, 1, 2])));
  });

  it('is 0 where nothing is relevant', () => {
    expect([...ndcg(5)(rankingOf([0, -1], [0]))]).toEqual([0]);
  });

  it('has a value for each query, from its own documents', () => {
    const neighbors = { k: 2, ids: Uint32Array.of(1, 2, 2, 1, 0, 0), found: Uint32Array.of(2, 2, 0) };
    const judgments = [new Map([[1, 1]]), new Map([[1, 1]]), new Map([[1, 1]])];
    const values = ndcg(2)(ranked(neighbors, judgments));
    expect([...values]).toEqual([1, expect.closeTo(0.63093, 5), 0]);
  });

  it.each(TREC_CASES)('prints what trec_eval prints for ndcg_cut_10: %s', (name) => {
    const { ranking, queries, printed, printedMean } = trecCase(name);
    const values = ndcg(10)(ranking);
    const each = queries.map((query, q) => [query, values[q].toFixed(4)]);
    expect(each).toEqual(queries.map((query) => [query, printed('ndcg_cut_10', query)]));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean.toFixed(4)).toBe(printedMean('ndcg_cut_10'));
  });

  it('refuses a k that is none', () => {
    expect(() => ndcg(0)).toThrow(new RangeError('ndcg: k must be a whole number >= 1, got 0'));
  });
});
