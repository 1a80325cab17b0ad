import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { uniformHistogramPairs } from '../../src/miners/uniform-histogram-pairs.ts';
import { batches, bothListed, line, slowly } from './by-definition.ts';
import { countsOf, expectDrawn } from './draws.ts';

describe('uniformHistogramPairs', () => {
  it('has so many different pairs of each bin, or all there are, in the order of rows', () => {
    const most = fc.integer({ min: 1, max: 6 });
    const bins = fc.constantFrom(1, 2, 4, 8);
    fc.assert(
      fc.property(batches, bins, most, most, (batch, count, positivesPerBin, negativesPerBin) => {
        const options = { bins: count, positivesPerBin, negativesPerBin, distance: squaredEuclidean };
        const drawn = bothListed(uniformHistogramPairs(options)(batch).pairs);
        const anchors = slowly(batch, squaredEuclidean);
        (['positives', 'negatives'] as const).forEach((role, l) => {
          const all = anchors.flatMap((anchor) =>
            anchor[role].map(({ number, away }) => ({ pair: [anchor.row, number], away })),
          );
          const places = drawn[l].map((pair) =>
            all.findIndex((other) => String(other.pair) === String(pair)),
          );
          expect(places.every((place, t) => place > (t === 0 ? -1 : places[t - 1]))).toBe(true);
          const [least, largest] = [Math.min, Math.max].map((of) => of(...all.map(({ away }) => away)));
          // powers of two: the ends of bins are exact
          const binOf = ({ away }: { away: number }): number => {
            const ends = Array.from(
              { length: count },
              (_, b) => least + ((b + 1) * (largest - least)) / count,
            );
            return Math.min(count - 1, ends.filter((end) => away >= end && largest > least).length);
          };
          for (let b = 0; b < count; b++) {
            const there = all.filter((each) => binOf(each) === b).length;
            const found = places.filter((place) => binOf(all[place]) === b).length;
            expect(found).toBe(Math.min(there, l === 0 ? positivesPerBin : negativesPerBin));
          }
        });
      }),
    );
  });

  it('draws any pair of a bin as often as another', () => {
    const mine = uniformHistogramPairs({ bins: 1, negativesPerBin: 3, distance: squaredEuclidean });
    const drawn = Array.from(
      { length: 3000 },
      (_, step) => bothListed(mine({ ...line, step }).pairs)[1],
    ).flat();
    const all = slowly(line, squaredEuclidean).flatMap(({ row, negatives }) =>
      negatives.map(({ number }) => 10 * row + number),
    );
    expect(all).toHaveLength(18);
    expectDrawn(
      countsOf(
        drawn.map(([a, n]) => 10 * a + n),
        all,
      ),
      all.map(() => 1),
    );
  });

  it('refuses no bins', () => {
    expect(() => uniformHistogramPairs({ bins: 0 })).toThrow(
      new RangeError('uniformHistogramPairs: bins must be a whole number >= 1, got 0'),
    );
  });
});
