import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../src/core/matrix.ts';
import { chord } from '../../src/distances/chord.ts';
import { distanceWeightedTriplets } from '../../src/miners/distance-weighted-triplets.ts';
import { gaussian } from '../matrices.ts';
import { batches, listed, slowly } from './by-definition.ts';
import { countsOf, expectDrawn } from './draws.ts';

/** In four dimensions. */
const at = (degrees: number): number[] => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
  0,
  0,
];

/** Row 0 at 0°, its positives at 10°, 15° and 20°; negatives at these angles. */
const fan = (...degrees: number[]) => ({
  embeddings: fromRows([0, 10, 15, 20, ...degrees].map(at)),
  labels: Int32Array.of(0, 0, 0, 0, ...degrees.map((_, e) => 1 + e)),
});

describe('distanceWeightedTriplets', () => {
  it('draws negatives by the inverse of how many there are at their distance', () => {
    // chords of 0.35 (which counts as 0.5), 0.68, 1, 1.29 and 1.73 (which is too far)
    const { triplets } = distanceWeightedTriplets({ tuplesPerAnchor: 20_000 })(fan(-20, -40, -60, -80, -120));
    const drawn = listed(triplets).filter(([a]) => a === 0);
    expect(drawn).toHaveLength(20_000);
    // 1 / q(d) = 1 / (d² √(1 - d² / 4)) where rows have four columns
    const chances = [0.5, ...[40, 60, 80].map((angle) => 2 * Math.sin((angle * Math.PI) / 360))].map(
      (d) => 1 / (d * d * Math.sqrt(1 - (d * d) / 4)),
    );
    expectDrawn(
      countsOf(
        drawn.map(([, , n]) => n),
        [4, 5, 6, 7],
      ),
      chances,
    );
    expectDrawn(
      countsOf(
        drawn.map(([, p]) => p),
        [1, 2, 3],
      ),
      [1, 1, 1],
    );
  });

  it('has one triplet of each positive unless told otherwise, and none without a negative that is near enough', () => {
    const near = listed(distanceWeightedTriplets()(fan(-40, -60)).triplets);
    expect(near.filter(([a]) => a < 4).map(([a, p]) => [a, p])).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 0],
      [1, 2],
      [1, 3],
      [2, 0],
      [2, 1],
      [2, 3],
      [3, 0],
      [3, 1],
      [3, 2],
    ]);
    // from 20° it is 108° to -88°, and 88° from 0°
    const far = listed(distanceWeightedTriplets({ farthest: 1.4 })(fan(-88)).triplets);
    expect(far.map(([a, , n]) => [a, n])).toEqual([
      [0, 4],
      [0, 4],
      [0, 4],
    ]);
    expect(listed(distanceWeightedTriplets({ farthest: 2 })(fan(-180)).triplets).map(([a]) => a)).toEqual([
      1, 1, 1, 2, 2, 2, 3, 3, 3,
    ]);
  });

  it('takes no account of the lengths of rows', () => {
    const batch = {
      embeddings: gaussian(40, 6, 1),
      labels: Int32Array.from({ length: 40 }, (_, i) => i % 4),
    };
    const longer = matrix(
      40,
      6,
      batch.embeddings.data.map((value, e) => value * (1 + Math.floor(e / 6))),
    );
    const mine = distanceWeightedTriplets({ seed: 5 });
    expect(mine({ ...batch, embeddings: longer }).triplets).toEqual(mine(batch).triplets);
  });

  it('leaves no row out because others are nearer, however many columns', () => {
    // in 4096 dimensions a weight at 1.1 is e^-2600 of one at 0.5: 0 in float64
    const cols = 4096;
    const rows = Array.from({ length: 6 }, () => new Float32Array(cols));
    // two of a label together; the first negatives are near, those of the last two are far
    const angles = [0, 0.1, 0.5, 0.6, 1.75, 1.8];
    angles.forEach((angle, i) => rows[i].set([Math.cos(angle), Math.sin(angle)]));
    const batch = { embeddings: fromRows(rows), labels: Int32Array.of(0, 0, 1, 1, 2, 2) };
    const found = listed(distanceWeightedTriplets()(batch).triplets);
    expect(found.map(([a, p]) => [a, p])).toEqual([
      [0, 1],
      [1, 0],
      [2, 3],
      [3, 2],
      [4, 5],
      [5, 4],
    ]);
  });

  it('draws negatives within reach of rows with one, whatever the batch', () => {
    fc.assert(
      fc.property(batches, fc.nat(3), fc.constantFrom(undefined, 1, 5), (batch, seed, tuplesPerAnchor) => {
        const found = listed(distanceWeightedTriplets({ seed, tuplesPerAnchor })(batch).triplets);
        for (const { row, positives, negatives } of slowly(batch, chord)) {
          const within = negatives.filter(({ away }) => away < 1.4).map(({ number }) => number);
          const due =
            within.length === 0 || positives.length === 0 ? 0 : (tuplesPerAnchor ?? positives.length);
          const own = found.filter(([a]) => a === row);
          expect(own).toHaveLength(due);
          for (const [, p, n] of own) {
            expect(positives.map(({ number }) => number)).toContain(p);
            expect(within).toContain(n);
          }
        }
      }),
    );
  });

  it('refuses a cutoff and a reach that no chord has', () => {
    expect(() => distanceWeightedTriplets({ cutoff: 2 })).toThrow(
      new RangeError('distanceWeightedTriplets: cutoff must be a number in (0, 2), got 2'),
    );
    expect(() => distanceWeightedTriplets({ farthest: 2.1 })).toThrow(
      new RangeError('distanceWeightedTriplets: farthest must be a number in (0, 2], got 2.1'),
    );
    expect(() => distanceWeightedTriplets({ tuplesPerAnchor: 0 })).toThrow(
      new RangeError('distanceWeightedTriplets: tuplesPerAnchor must be a whole number >= 1, got 0'),
    );
  });
});
