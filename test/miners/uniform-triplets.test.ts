import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { euclidean } from '../../src/distances/euclidean.ts';
import { uniformTriplets } from '../../src/miners/uniform-triplets.ts';
import { batches, line, listed, slowly, tripletsWhere } from './by-definition.ts';
import { countsOf, expectDrawn } from './draws.ts';

describe('uniformTriplets', () => {
  it('draws any triplet of a row as often as another', () => {
    const mine = uniformTriplets({ tuplesPerAnchor: 2 });
    const all = tripletsWhere(slowly(line, euclidean), () => true);
    const ofRow = all.filter(([a]) => a === 3).map(([, p, n]) => 10 * p + n);
    expect(ofRow).toHaveLength(6);
    const drawn = Array.from({ length: 4000 }, (_, step) => listed(mine({ ...line, step }).triplets));
    const places = drawn
      .flat()
      .filter(([a]) => a === 3)
      .map(([, p, n]) => 10 * p + n);
    expect(places).toHaveLength(8000);
    expectDrawn(
      countsOf(places, ofRow),
      ofRow.map(() => 1),
    );
  });

  it('has as many different ones of each row as there are, up to what is asked, in order', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 12 }), fc.nat(5), (batch, tuplesPerAnchor, seed) => {
        const all = tripletsWhere(slowly(batch, euclidean), () => true).map(String);
        const found = listed(uniformTriplets({ tuplesPerAnchor, seed })(batch).triplets);
        const places = found.map((each) => all.indexOf(String(each)));
        // each is one, no two are the same, and the order is that of all
        expect(places.every((place, t) => place > (t === 0 ? -1 : places[t - 1]))).toBe(true);
        for (const row of batch.labels.keys()) {
          const there = all.filter((each) => each.startsWith(`${row},`)).length;
          expect(found.filter(([a]) => a === row)).toHaveLength(Math.min(there, tuplesPerAnchor));
        }
      }),
    );
  });

  it('draws others for another seed or step', () => {
    const [one, other] = [
      uniformTriplets({ tuplesPerAnchor: 3 }),
      uniformTriplets({ tuplesPerAnchor: 3, seed: 1 }),
    ];
    expect(other(line).triplets).not.toEqual(one(line).triplets);
    expect(one({ ...line, step: 1 }).triplets).not.toEqual(one(line).triplets);
  });

  it('refuses a number of tuples, a seed and a step that are none', () => {
    expect(() => uniformTriplets({ tuplesPerAnchor: 1.5 })).toThrow(
      new RangeError('uniformTriplets: tuplesPerAnchor must be a whole number >= 1, got 1.5'),
    );
    expect(() => uniformTriplets({ tuplesPerAnchor: 1, seed: -1 })).toThrow('uniformTriplets: seed must be');
    expect(() => uniformTriplets({ tuplesPerAnchor: 1 })({ ...line, step: NaN })).toThrow(
      new RangeError('uniformTriplets: step must be a whole number >= 0, got NaN'),
    );
  });
});
