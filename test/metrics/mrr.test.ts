import { describe, expect, it } from 'vitest';
import { mrr } from '../../src/metrics/mrr.ts';
import { ranked } from '../../src/metrics/ranking.ts';
import { TREC_CASES, trecCase } from './trec.ts';

/** The ranking of one query from the grades of what was retrieved, and of what was not. */
function rankingOf(retrieved: readonly number[], missed: readonly number[] = []) {
  const ids = Uint32Array.from(retrieved, (_, rank) => rank);
  const neighbors = { k: retrieved.length, ids, found: Uint32Array.of(retrieved.length) };
  return ranked(neighbors, [new Map([...retrieved, ...missed].map((grade, id) => [id, grade]))]);
}

describe('mrr', () => {
  it('is one over the rank of the first relevant document', () => {
    expect([...mrr()(rankingOf([0, -1, 1, 3]))]).toEqual([1 / 3]);
    expect([...mrr()(rankingOf([1, 3]))]).toEqual([1]);
  });

  it('is 0 where none was retrieved, or none is relevant', () => {
    expect([...mrr()(rankingOf([0, 0], [1]))]).toEqual([0]);
    expect([...mrr()(rankingOf([0, -1]))]).toEqual([0]);
  });

  it('has a value for each query, over its own ranks', () => {
    const neighbors = { k: 2, ids: Uint32Array.of(1, 2, 2, 1, 0, 0), found: Uint32Array.of(2, 2, 0) };
    const judgments = [new Map([[1, 1]]), new Map([[1, 1]]), new Map([[0, 1]])];
    expect([...mrr()(ranked(neighbors, judgments))]).toEqual([1, 0.5, 0]);
  });

  it.each(TREC_CASES)('prints what trec_eval prints for recip_rank: %s', (name) => {
    const { ranking, queries, printed, printedMean } = trecCase(name);
    const values = mrr()(ranking);
    const each = queries.map((query, q) => [query, values[q].toFixed(4)]);
    expect(each).toEqual(queries.map((query) => [query, printed('recip_rank', query)]));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean.toFixed(4)).toBe(printedMean('recip_rank'));
  });
});
