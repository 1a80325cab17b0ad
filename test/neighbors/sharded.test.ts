import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import { rowsBetween } from '../../src/core/matrix.ts';
import { random, shuffled } from '../../src/core/random.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { kernels } from '../../src/kernels/active.ts';
import { flat } from '../../src/neighbors/flat.ts';
import { bestOfShards, type SearchShards, sharded, shardsOf } from '../../src/neighbors/sharded.ts';
import { gaussian, wholeNumbers } from '../matrices.ts';

describe('shardsOf', () => {
  it('has every row once, in order, the rest in the last', () => {
    expect(shardsOf(7, 3)).toEqual([
      { first: 0, end: 3 },
      { first: 3, end: 6 },
      { first: 6, end: 7 },
    ]);
    expect(shardsOf(6, 3)).toHaveLength(2);
    expect(shardsOf(0, 3)).toEqual([]);
  });
});

describe('bestOfShards', () => {
  it('takes the greater scores, and of equal ones the smaller ids, and adds up what was above', () => {
    const [scores, found] = [Float32Array.of(5, 3), Uint32Array.of(2)];
    const one = { rows: Uint32Array.of(0, 1), scores, found, above: Uint32Array.of(4) };
    const other = { rows: Uint32Array.of(3, 2), scores, found, above: Uint32Array.of(1) };
    // rows 0 and 3 score 5, rows 1 and 2 score 3
    const best = bestOfShards([one, other], 3, Uint32Array.of(9, 7, 6, 8));
    expect(best?.rows).toEqual(Uint32Array.of(3, 0, 2));
    expect(best?.scores).toEqual(Float32Array.of(5, 5, 3));
    expect(best?.found).toEqual(Uint32Array.of(3));
    expect(best?.above).toEqual(Uint32Array.of(5));
  });
});

describe('sharded', () => {
  it.each([cosine, dot, euclidean])(
    'finds to the bit what a search of the whole finds: $name',
    async (distance) => {
      const cases = fc.record({
        rows: fc.integer({ min: 1, max: 60 }),
        shardRows: fc.integer({ min: 1, max: 70 }),
        k: fc.integer({ min: 1, max: 12 }),
        // of whole numbers many scores are equal
        whole: fc.boolean(),
        seed: fc.nat(),
      });
      await fc.assert(
        fc.asyncProperty(cases, async ({ rows: count, shardRows, k, whole, seed }) => {
          const draw = (many: number, ...key: number[]) =>
            whole ? wholeNumbers(many, 3, 2, ...key) : gaussian(many, 3, ...key);
          const [rows, queries] = [draw(count, seed), draw(5, seed, 1)];
          const ids = shuffled(count, random(seed));
          const classes = Int32Array.from({ length: count }, (_, i) => i % 3);
          const { similarity } = distance;
          const search: SearchShards = async (asked, most, options) =>
            shardsOf(count, shardRows).map(({ first, end }) => {
              const [part, own] = [rowsBetween(rows, first, end), ids.subarray(first, end)];
              const corpus = { rows: part, ids: own, classes: classes.subarray(first, end) };
              const best = kernels.topK(asked, corpus, Math.min(most, end - first), {
                similarity,
                ...options,
              });
              return { ...best, rows: best.rows.map((row) => first + row) };
            });
          const corpus = { rows, ids, classes };
          const [parts, all] = [
            sharded(corpus, { distance, index: 'exact', search }),
            flat(corpus, { distance }),
          ];
          const exclude = {
            queryClass: Int32Array.of(0, 1, 2, 0, 5),
            perQuery: idLists([[ids[0]], [], [], [ids[count - 1]], []]),
          };
          expect(await parts.search(queries, k, { exclude })).toEqual(
            await all.search(queries, k, { exclude }),
          );
          const ceilings = Float64Array.of(0.5, 1, -1, Infinity, 0);
          expect(await parts.searchBelow?.(queries, k, ceilings, exclude)).toEqual(
            await all.searchBelow(queries, k, ceilings, exclude),
          );
        }),
      );
    },
  );
});
