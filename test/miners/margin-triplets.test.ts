import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { euclidean } from '../../src/distances/euclidean.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { triplet } from '../../src/losses/labelled/triplet.ts';
import { marginTriplets } from '../../src/miners/margin-triplets.ts';
import { batches, line, listed, slowly, tripletsWhere } from './by-definition.ts';

const mined = (options: Parameters<typeof marginTriplets>[0]) =>
  listed(marginTriplets({ distance: euclidean, ...options })(line).triplets);

describe('marginTriplets', () => {
  it('takes hard triplets, whose negative is no farther than the positive', () => {
    // row 3 is as far from row 4 as from its positive row 1
    const hard = [
      [0, 3, 2],
      [1, 3, 2],
      [2, 4, 0],
      [2, 4, 1],
      [2, 4, 3],
      [2, 5, 0],
      [2, 5, 1],
      [2, 5, 3],
      [3, 0, 2],
      [3, 0, 4],
      [3, 1, 2],
      [3, 1, 4],
      [4, 2, 3],
      [4, 5, 3],
      [5, 2, 3],
    ];
    expect(mined({ kind: 'hard', margin: 1 })).toEqual(hard);
    // a margin below 0 is the narrower bound
    expect(mined({ kind: 'hard', margin: -10 })).toEqual([
      [2, 5, 0],
      [2, 5, 1],
      [2, 5, 3],
    ]);
  });

  it('takes semi-hard triplets, whose negative is farther, but not by more than the margin', () => {
    expect(mined({ kind: 'semihard', margin: 5 })).toEqual([
      [0, 1, 2],
      [0, 3, 4],
      [1, 0, 2],
      [1, 3, 4],
      [4, 2, 0],
      [4, 2, 1],
      [4, 5, 0],
      [4, 5, 1],
      [5, 2, 0],
      [5, 2, 1],
      [5, 4, 3],
    ]);
    expect(mined({ kind: 'semihard', margin: 0 })).toEqual([]);
  });

  it('is its definition, whatever the batch, and easy triplets are the others', () => {
    const kinds = fc.constantFrom('all', 'hard', 'semihard', 'easy');
    fc.assert(
      fc.property(batches, kinds, fc.integer({ min: -5, max: 20 }), (batch, kind, margin) => {
        const rules = {
          all: (farther: number) => farther <= margin,
          hard: (farther: number) => farther <= margin && farther <= 0,
          semihard: (farther: number) => farther <= margin && farther > 0,
          easy: (farther: number) => farther > margin,
        };
        // squares of whole numbers: to the bit
        const expected = tripletsWhere(slowly(batch, squaredEuclidean), (p, n) =>
          rules[kind](n.away - p.away),
        );
        const { triplets } = marginTriplets({ kind, margin, distance: squaredEuclidean })(batch);
        expect(listed(triplets)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('leaves out nothing that has a loss', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const loss = triplet({ margin: 3.25, distance: euclidean, reduction: 'sum' });
        const [some, all] = [loss(marginTriplets({ margin: 3.25, distance: euclidean })(batch)), loss(batch)];
        expect(some.active).toBe(all.active);
        expect(some.value).toBeCloseTo(all.value, 3);
      }),
    );
  });

  it('refuses a margin that is no number and a kind that there is not', () => {
    expect(() => marginTriplets({ margin: NaN })).toThrow(
      new RangeError('marginTriplets: margin must be a finite number, got NaN'),
    );
    // @ts-expect-error: what JavaScript may say
    expect(() => marginTriplets({ kind: 'hardest' })).toThrow(
      new RangeError('marginTriplets: kind must be all or hard or semihard or easy, got hardest'),
    );
  });
});
