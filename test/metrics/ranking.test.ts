import { describe, expect, it } from 'vitest';
import { ranked } from '../../src/metrics/ranking.ts';
import { TREC_CASES, trecCase } from './trec.ts';

describe('ranked', () => {
  it('gives the grade of what stands at each rank, and 0 for what is not judged', () => {
    const neighbors = { k: 3, ids: Uint32Array.of(5, 6, 7, 7, 5, 9), found: Uint32Array.of(3, 3) };
    const ranking = ranked(neighbors, [
      new Map([
        [7, 2],
        [5, 1],
        [8, 3],
      ]),
      new Map([
        [9, -1],
        [1, 1],
      ]),
    ]);
    expect(ranking).toEqual({
      queries: 2,
      depth: 3,
      grades: Float32Array.of(1, 0, 2, 0, 0, -1),
      // the judged grades above 0, the best first, retrieved or not
      judged: Float32Array.of(3, 2, 1, 1),
      offsets: Uint32Array.of(0, 3, 4),
    });
  });

  it('does not take what is past found for document 0', () => {
    const neighbors = { k: 3, ids: Uint32Array.of(4, 0, 0), found: Uint32Array.of(1) };
    expect([...ranked(neighbors, [new Map([[0, 1]])]).grades]).toEqual([0, 0, 0]);
  });

  it('takes a query nothing is judged for', () => {
    const ranking = ranked({ k: 1, ids: Uint32Array.of(4), found: Uint32Array.of(1) }, [new Map()]);
    expect([...ranking.offsets, ...ranking.grades]).toEqual([0, 0, 0]);
  });

  it('refuses judgments of another number', () => {
    const neighbors = { k: 1, ids: Uint32Array.of(4, 5), found: Uint32Array.of(1, 1) };
    expect(() => ranked(neighbors, [new Map()])).toThrow(
      new RangeError('ranked: judgments.length must be 2, got 1'),
    );
  });
});

describe('the cases of trec_eval', () => {
  it('have lists longer than 100, grades below 0 and relevant documents that were not retrieved', () => {
    const { ranking } = trecCase('bytes_and_grades');
    expect(ranking.queries).toBe(7);
    expect(ranking.depth).toBeGreaterThan(100);
    expect(Math.min(...ranking.grades)).toBe(-2);
    const retrieved = ranking.grades.filter((grade) => grade > 0).length;
    expect(ranking.judged.length).toBeGreaterThan(retrieved);
  });

  it.each(TREC_CASES)('are about the queries trec_eval has values for: %s', (name) => {
    const { queries, printed } = trecCase(name);
    expect(queries.length).toBeGreaterThan(5);
    expect(queries.filter((query) => printed('ndcg_cut_10', query) === undefined)).toEqual([]);
  });
});
