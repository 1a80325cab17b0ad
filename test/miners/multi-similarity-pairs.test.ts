import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { euclidean } from '../../src/distances/euclidean.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { multiSimilarityPairs } from '../../src/miners/multi-similarity-pairs.ts';
import { batches, bothListed, line, type Pair, slowly } from './by-definition.ts';

describe('multiSimilarityPairs', () => {
  it('takes what the hardest of the other kind nearly passes', () => {
    const { pairs } = multiSimilarityPairs({ epsilon: 1, distance: euclidean })(line);
    expect(bothListed(pairs)).toEqual([
      [
        [0, 3],
        [1, 3],
        [2, 4],
        [2, 5],
        [3, 0],
        [3, 1],
        [4, 2],
        [4, 5],
        [5, 2],
      ],
      [
        [0, 2],
        [1, 2],
        [2, 0],
        [2, 1],
        [2, 3],
        [3, 2],
        [3, 4],
        [4, 3],
        [5, 3],
      ],
    ]);
  });

  it('is its definition, whatever the batch', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: -3, max: 9 }), (batch, epsilon) => {
        const expected: [Pair[], Pair[]] = [[], []];
        for (const { row, positives, negatives } of slowly(batch, squaredEuclidean)) {
          for (const p of positives) {
            if (negatives.some((n) => p.away + epsilon > n.away)) expected[0].push([row, p.number]);
          }
          for (const n of negatives) {
            if (positives.some((p) => n.away - epsilon < p.away)) expected[1].push([row, n.number]);
          }
        }
        const { pairs } = multiSimilarityPairs({ epsilon, distance: squaredEuclidean })(batch);
        expect(bothListed(pairs)).toEqual(expected);
      }),
    );
  });

  it('refuses an epsilon that is no number', () => {
    expect(() => multiSimilarityPairs({ epsilon: NaN })).toThrow(
      new RangeError('multiSimilarityPairs: epsilon must be a finite number, got NaN'),
    );
  });
});
