import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { euclidean } from '../../src/distances/euclidean.ts';
import { batchSemiHardTriplet } from '../../src/losses/labelled/batch-semi-hard-triplet.ts';
import { triplet } from '../../src/losses/labelled/triplet.ts';
import { semiHardTriplets } from '../../src/miners/semi-hard-triplets.ts';
import { gaussian } from '../matrices.ts';
import { batches, least, line, listed, slowly, type Triple } from './by-definition.ts';

/** Of the line. Row 2 has all its negatives nearer than its positives. */
const SEMI_HARD: readonly Triple[] = [
  [0, 1, 2],
  [0, 3, 4],
  [1, 0, 2],
  [1, 3, 4],
  [3, 0, 5],
  [3, 1, 5],
  [4, 2, 1],
  [4, 5, 1],
  [5, 2, 1],
  [5, 4, 3],
];

describe('semiHardTriplets', () => {
  it('takes for each positive the nearest negative that is farther', () => {
    expect(listed(semiHardTriplets({ distance: euclidean })(line).triplets)).toEqual(SEMI_HARD);
  });

  it('takes the farthest where none is farther, if told to', () => {
    const { triplets } = semiHardTriplets({ distance: euclidean, otherwise: 'farthest' })(line);
    expect(listed(triplets)).toEqual([...SEMI_HARD.slice(0, 4), [2, 4, 0], [2, 5, 0], ...SEMI_HARD.slice(4)]);
  });

  it('is its definition, whatever the batch', () => {
    fc.assert(
      fc.property(batches, fc.constantFrom('none', 'farthest'), (batch, otherwise) => {
        const expected = slowly(batch, euclidean).flatMap(({ row, positives, negatives }) =>
          positives.flatMap((p) => {
            const farther = negatives.filter(({ away }) => away > p.away);
            const others =
              farther.length > 0 || otherwise === 'none' ? farther : least(negatives, (away) => -away);
            return least(others, (away) => away).map((n): Triple => [row, p.number, n.number]);
          }),
        );
        expect(listed(semiHardTriplets({ otherwise, distance: euclidean })(batch).triplets)).toEqual(
          expected,
        );
      }),
    );
  });

  it('has, with the farthest otherwise, the triplets of batchSemiHardTriplet', () => {
    const batch = {
      embeddings: gaussian(60, 5, 3),
      labels: Int32Array.from({ length: 60 }, (_, i) => (i * i) % 7),
    };
    const mined = semiHardTriplets({ otherwise: 'farthest' })(batch);
    const [listedOnes, itself] = [
      triplet({ margin: 0.3 })(mined),
      batchSemiHardTriplet({ margin: 0.3 })(batch),
    ];
    expect(itself.active).toBeGreaterThan(50);
    expect(listedOnes.active).toBe(itself.active);
    expect(listedOnes.value).toBeCloseTo(itself.value, 6);
  });
});
