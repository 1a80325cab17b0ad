import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matrix, rowsBetween } from '../../src/core/matrix.ts';
import { random, shuffled } from '../../src/core/random.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { chunked } from '../../src/neighbors/chunked.ts';
import type { RowSource } from '../../src/neighbors/chunks.ts';
import { reciprocalRankFusion } from '../../src/neighbors/reciprocal-rank-fusion.ts';
import { rescored } from '../../src/neighbors/rescored.ts';
import { gaussian, wholeNumbers } from '../matrices.ts';

function inMemory(m: Matrix): RowSource {
  return {
    rows: m.rows,
    cols: m.cols,
    async read(into, start) {
      into.data.set(rowsBetween(m, start, start + into.rows).data);
    },
  };
}

describe('rescored', () => {
  it('of all rows in any order is the exact search, to the bit, with ties', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 7, 60),
        fc.constantFrom(cosine, dot, euclidean),
        fc.boolean(),
        fc.constantFrom(1, 8, 100),
        fc.nat(1000),
        async (rows, distance, whole, chunk, seed) => {
          const stored = whole ? wholeNumbers(rows, 3, 1, seed) : gaussian(rows, 3, seed);
          const asked = whole ? wholeNumbers(4, 3, 1, seed, 2) : gaussian(4, 3, seed, 2);
          const ids = shuffled(rows, random(seed));
          const rowOf = new Uint32Array(rows);
          ids.forEach((id, i) => (rowOf[id] = i));
          const k = Math.max(1, Math.floor(rows / 2));
          const candidates = {
            k: rows,
            ids: Uint32Array.from({ length: 4 * rows }, (_, e) => (e * 7 + Math.floor(e / rows)) % rows),
            found: new Uint32Array(4).fill(rows),
          };
          // 7 steps through all numbers but those of its multiples
          if (rows % 7 === 0) candidates.ids.forEach((_, e) => (candidates.ids[e] = e % rows));
          const found = await rescored(inMemory(stored), rowOf, asked, candidates, { distance, k, chunk });
          expect(found).toEqual(await chunked(inMemory(stored), ids, { distance }).search(asked, k));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('ranks the candidates of each query alone, fewer for some', async () => {
    const stored = gaussian(10, 3, 1);
    const rowOf = Uint32Array.from({ length: 10 }, (_, i) => i);
    const candidates = { k: 3, ids: Uint32Array.of(4, 9, 2, 7, 99, 99), found: Uint32Array.of(3, 1) };
    const { ids, found, scores } = await rescored(inMemory(stored), rowOf, gaussian(2, 3, 2), candidates);
    expect(Array.from(found)).toEqual([3, 1]);
    expect(Array.from(ids.subarray(0, 3)).sort()).toEqual([2, 4, 9]);
    expect(ids[3]).toBe(7);
    expect(scores[0] >= scores[1] && scores[1] >= scores[2]).toBe(true);
  });

  it('refuses candidates of other queries', async () => {
    const candidates = { k: 1, ids: new Uint32Array(1), found: new Uint32Array(1) };
    await expect(
      rescored(inMemory(gaussian(2, 2, 1)), new Uint32Array(2), gaussian(2, 2, 1), candidates),
    ).rejects.toThrow('rescored: candidates.found.length must be 2, got 1');
  });
});

describe('reciprocalRankFusion', () => {
  const one = { k: 3, ids: Uint32Array.of(5, 1, 9, 4, 4, 4), found: Uint32Array.of(3, 0) };
  const other = { k: 2, ids: Uint32Array.of(1, 8, 6, 2), found: Uint32Array.of(2, 1) };

  it('adds one over 60 and the rank of each ranking, ties by id', () => {
    const { ids, scores, found } = reciprocalRankFusion([one, other], 4);
    expect(Array.from(found)).toEqual([4, 1]);
    // 1: 1/62 + 1/61; 5: 1/61; 8: 1/62; 9: 1/63
    expect(Array.from(ids.subarray(0, 4))).toEqual([1, 5, 8, 9]);
    expect(scores[0]).toBeCloseTo(1 / 62 + 1 / 61, 7);
    expect(scores[3]).toBeCloseTo(1 / 63, 7);
    expect(ids[4]).toBe(6);
  });

  it('lets the first ranks stand out by a smaller constant', () => {
    const first = { k: 3, ids: Uint32Array.of(1, 2, 3), found: Uint32Array.of(3) };
    const second = { k: 3, ids: Uint32Array.of(4, 2, 3), found: Uint32Array.of(3) };
    expect(reciprocalRankFusion([first, second], 1).ids[0]).toBe(2);
    // 1 and 4 have 1, 2 has 2/2
    expect(Array.from(reciprocalRankFusion([first, second], 3, { rankConstant: 0 }).ids)).toEqual([1, 2, 4]);
  });

  it.each([
    [() => reciprocalRankFusion([], 1), 'reciprocalRankFusion: there must be a ranking, got none'],
    [() => reciprocalRankFusion([one], 0), 'reciprocalRankFusion: k must be a whole number >= 1, got 0'],
    [
      () => reciprocalRankFusion([one], 1, { rankConstant: -1 }),
      'reciprocalRankFusion: rankConstant must be a finite number >= 0, got -1',
    ],
    [
      () => reciprocalRankFusion([one, { ...other, found: new Uint32Array(1) }], 1),
      'reciprocalRankFusion: queries of each ranking must be 2, got 1',
    ],
  ])('refuses what does not fit', (fuse, sentence) => {
    expect(fuse).toThrow(sentence);
  });
});
