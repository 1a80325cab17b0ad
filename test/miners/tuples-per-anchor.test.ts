import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchEasyHard } from '../../src/miners/batch-easy-hard.ts';
import { marginTriplets } from '../../src/miners/margin-triplets.ts';
import { tuplesPerAnchor } from '../../src/miners/tuples-per-anchor.ts';
import { batches, bothListed, line, listed } from './by-definition.ts';
import { countsOf, expectDrawn } from './draws.ts';

const everyTriplet = marginTriplets({ margin: 1000, kind: 'all' });
const everyPair = batchEasyHard({ positives: 'all', negatives: 'all' });

describe('tuplesPerAnchor', () => {
  it('keeps so many of each anchor, or all there are, in their order', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 9 }), (batch, most) => {
        const fewer = tuplesPerAnchor({ most });
        const [triplets, pairs] = [everyTriplet(batch), everyPair(batch)];
        const before = [listed(triplets.triplets), ...bothListed(pairs.pairs)];
        const after = [listed(fewer(triplets).triplets), ...bothListed(fewer(pairs).pairs)];
        before.forEach((all, l) => {
          const places = after[l].map((tuple) => all.findIndex((other) => String(other) === String(tuple)));
          expect(places.every((place, t) => place > (t === 0 ? -1 : places[t - 1]))).toBe(true);
          for (const row of batch.labels.keys()) {
            const there = all.filter(([a]) => a === row).length;
            expect(after[l].filter(([a]) => a === row)).toHaveLength(Math.min(there, most));
          }
        });
      }),
    );
  });

  it('keeps any as often as another', () => {
    const all = everyTriplet(line);
    const fewer = tuplesPerAnchor({ most: 1 });
    const kept = Array.from({ length: 3000 }, (_, step) => listed(fewer({ ...all, step }).triplets)).flat();
    const places = kept.filter(([a]) => a === 5).map(([, p, n]) => 10 * p + n);
    const ofRow = listed(all.triplets)
      .filter(([a]) => a === 5)
      .map(([, p, n]) => 10 * p + n);
    expectDrawn(
      countsOf(places, ofRow),
      ofRow.map(() => 1),
    );
  });

  it('draws for each anchor, and for its positives and negatives, by themselves', () => {
    const anchors = Uint32Array.from({ length: 30 }, (_, t) => Math.floor(t / 5));
    const five = { anchors, others: anchors.map((a, t) => (a + 1 + (t % 5)) % 6) };
    const { pairs } = tuplesPerAnchor({ most: 1 })({ ...line, pairs: { positives: five, negatives: five } });
    expect(pairs.negatives.others).not.toEqual(pairs.positives.others);
    expect(new Set(pairs.positives.others).size).toBeGreaterThan(2);
  });

  it('takes tuples in any order, by their anchors', () => {
    const anchors = Uint32Array.of(4, 0, 4, 0, 4);
    const triplets = {
      anchors,
      positives: Uint32Array.of(2, 1, 5, 3, 2),
      negatives: Uint32Array.of(0, 2, 1, 4, 3),
    };
    const kept = listed(tuplesPerAnchor({ most: 2 })({ ...line, triplets }).triplets);
    expect(kept.filter(([a]) => a === 0)).toEqual([
      [0, 1, 2],
      [0, 3, 4],
    ]);
    expect(kept).toHaveLength(4);
  });

  it('refuses a batch that carries nothing, and anchors that are no rows', () => {
    expect(() => tuplesPerAnchor({ most: 1 })(line)).toThrow(
      new RangeError('tuplesPerAnchor: batch must have triplets or pairs, got neither'),
    );
    const bad = { anchors: Uint32Array.of(6), positives: Uint32Array.of(0), negatives: Uint32Array.of(1) };
    expect(() => tuplesPerAnchor({ most: 1 })({ ...line, triplets: bad })).toThrow(
      new RangeError('tuplesPerAnchor: triplets.anchors[0] must be a row in [0, 6), got 6'),
    );
    expect(() => tuplesPerAnchor({ most: 0 })).toThrow(
      'tuplesPerAnchor: most must be a whole number >= 1, got 0',
    );
  });
});
