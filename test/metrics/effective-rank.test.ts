import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../src/core/matrix.ts';
import { effectiveRank, effectiveRankOfFew } from '../../src/metrics/effective-rank.ts';
import { gaussian, scaled } from '../matrices.ts';

describe('effectiveRankOfFew', () => {
  it('is exp of the entropy of the singular values', () => {
    // singular values 3 and 1: shares 3/4 and 1/4
    const entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
    expect(effectiveRankOfFew(fromRows([[3, 0, 0], [0, 0, 1]]))).toBeCloseTo(Math.exp(entropy), 10); // prettier-ignore
    // of [[2, 2], [-1, 1]] they are √8 and √2: shares 2/3 and 1/3
    const turned = -((2 / 3) * Math.log(2 / 3) + (1 / 3) * Math.log(1 / 3));
    expect(effectiveRankOfFew(fromRows([[2, 2], [-1, 1]]))).toBeCloseTo(Math.exp(turned), 10); // prettier-ignore
  });

  it('is what effectiveRank says', async () => {
    const rows = gaussian(9, 5, 3);
    expect(effectiveRankOfFew(rows)).toBe(await effectiveRank(rows));
  });

  it('is the number of rows that are at right angles and of one length, and 1 of multiples of one', () => {
    const unit = matrix(7, 9);
    for (let i = 0; i < 7; i++) unit.data[i * 9 + i] = 5;
    expect(effectiveRankOfFew(unit)).toBeCloseTo(7, 10);
    expect(effectiveRankOfFew(fromRows([[1, 2, 3], [-2, -4, -6], [0, 0, 0]]))).toBeCloseTo(1, 5); // prettier-ignore
    expect(effectiveRankOfFew(matrix(3, 2))).toBeNaN();
    expect(() => effectiveRankOfFew(fromRows([[1, NaN]]))).toThrow(
      'effectiveRankOfFew: rows row 0 must be finite, got NaN in column 1',
    );
  });

  it('is in its range, and the same of rows scaled and of rows in another order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(999),
        (rows, cols, seed) => {
          const x = gaussian(rows, cols, seed);
          const rank = effectiveRankOfFew(x);
          expect(rank).toBeGreaterThan(1 - 1e-9);
          expect(rank).toBeLessThan(Math.min(rows, cols) + 1e-9);
          expect(effectiveRankOfFew(scaled(x, 2 ** 60))).toBeCloseTo(rank, 6);
          const back = fromRows(
            Array.from({ length: rows }, (_, i) => x.data.subarray((rows - 1 - i) * cols, (rows - i) * cols)),
          );
          expect(effectiveRankOfFew(back)).toBeCloseTo(rank, 6);
        },
      ),
    );
  });
});
