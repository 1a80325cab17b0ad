import { describe, expect, it } from 'vitest';
import { recall } from '../../src/metrics/recall.ts';
import { ranked } from '../../src/metrics/ranking.ts';
import { TREC_CASES, trecCase } from './trec.ts';

/** The ranking of one query from the grades of what was retrieved, and of what was not. */
function rankingOf(retrieved: readonly number[], missed: readonly number[] = []) {
  const ids = Uint32Array.from(retrieved, (_, rank) => rank);
  const neighbors = { k: retrieved.length, ids, found: Uint32Array.of(retrieved.length) };
  return ranked(neighbors, [new Map([...retrieved, ...missed].map((grade, id) => [id, grade]))]);
}

describe('recall', () => {
  it('is the share of the relevant that are among the first k, whatever their grades', () => {
    const ranking = rankingOf([2, 0, 1, 3], [1]);
    expect([1, 2, 3, 4, 9].map((k) => recall(k)(ranking)[0])).toEqual([0.25, 0.25, 0.5, 0.75, 0.75]);
  });

  it('is no hit rate: one of three is a third', () => {
    expect(recall(1)(rankingOf([1, 0], [1, 1]))[0]).toBeCloseTo(1 / 3, 12);
  });

  it('does not count a grade of 0 or below as relevant', () => {
    expect([...recall(3)(rankingOf([0, -1, 1], [-2, 0]))]).toEqual([1]);
    expect([...recall(3)(rankingOf([0, -1], [0]))]).toEqual([0]);
  });

  it('has a value for each query, from its own documents', () => {
    const neighbors = { k: 2, ids: Uint32Array.of(1, 2, 2, 3, 0, 0), found: Uint32Array.of(2, 2, 0) };
    const judgments = [
      new Map([
        [1, 1],
        [9, 1],
      ]),
      new Map([
        [2, 1],
        [3, 1],
      ]),
      new Map([[0, 1]]),
    ];
    expect([...recall(2)(ranked(neighbors, judgments))]).toEqual([0.5, 1, 0]);
  });

  it.each(TREC_CASES)('prints what trec_eval prints for recall_100: %s', (name) => {
    const { ranking, queries, printed, printedMean } = trecCase(name);
    const values = recall(100)(ranking);
    const each = queries.map((query, q) => [query, values[q].toFixed(4)]);
    expect(each).toEqual(queries.map((query) => [query, printed('recall_100', query)]));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean.toFixed(4)).toBe(printedMean('recall_100'));
  });

  it('refuses a k that is none', () => {
    expect(() => recall(2.5)).toThrow(new RangeError('recall: k must be a whole number >= 1, got 2.5'));
  });
});
