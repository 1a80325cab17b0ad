import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortlist } from '../../src/miners/shortlist.ts';
import { listedPairs } from './by-definition.ts';

describe('shortlist', () => {
  it('keeps what sorting would put first, in the order shown, of equal keys the first', () => {
    const keys = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(keys, fc.nat(40), (shown, most) => {
        const list = shortlist(most, shown.length);
        shown.forEach((key, t) => list.show(t, 2 * t, key));
        const kept = [...shown.keys()].sort((s, t) => shown[s] - shown[t] || s - t).slice(0, most);
        expect(listedPairs(list.pairs())).toEqual(kept.sort((s, t) => s - t).map((t) => [t, 2 * t]));
      }),
      { numRuns: 500 },
    );
  });
});
