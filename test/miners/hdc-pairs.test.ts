import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { euclidean } from '../../src/distances/euclidean.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { hdcPairs } from '../../src/miners/hdc-pairs.ts';
import { marginPairs } from '../../src/miners/margin-pairs.ts';
import { multiSimilarityPairs } from '../../src/miners/multi-similarity-pairs.ts';
import { batches, bothListed, line, type Pair, slowly } from './by-definition.ts';

interface Measured {
  readonly pair: Pair;
  readonly away: number;
}

/** The hardest share: of equally hard pairs the first, in the order they came in. */
function hardest(pairs: readonly Measured[], share: number, sign: 1 | -1): Pair[] {
  const order = [...pairs.keys()].sort((s, t) => sign * (pairs[s].away - pairs[t].away) || s - t);
  const kept = order.slice(0, Math.ceil(share * pairs.length)).sort((s, t) => s - t);
  return kept.map((t) => pairs[t].pair);
}

describe('hdcPairs', () => {
  it('takes the farthest share of the positives and the nearest of the negatives, rounded up', () => {
    // of 12 positive pairs 3, at 15, 15 and 8; of 18 negative ones 5, at 2, 2, 3, 3 and 4; of (0, 2) and (2, 0) the first
    expect(bothListed(hdcPairs({ share: 0.25, distance: euclidean })(line).pairs)).toEqual([
      [
        [2, 5],
        [4, 5],
        [5, 2],
      ],
      [
        [0, 2],
        [1, 2],
        [2, 1],
        [2, 3],
        [3, 2],
      ],
    ]);
  });

  it('takes all at a share of 1', () => {
    const all = marginPairs({ positiveMargin: -1, negativeMargin: 100, distance: euclidean })(line);
    expect(hdcPairs({ share: 1, distance: euclidean })(line).pairs).toEqual(all.pairs);
  });

  it('takes a share of the pairs that a batch carries, as a level of a cascade does', () => {
    const first = hdcPairs({ share: 0.5, distance: euclidean });
    // half of 6 positive and of 9 negative pairs
    expect(bothListed(hdcPairs({ share: 0.5, distance: euclidean })(first(line)).pairs)).toEqual([
      [
        [2, 5],
        [4, 5],
        [5, 2],
      ],
      [
        [0, 2],
        [1, 2],
        [2, 1],
        [2, 3],
        [3, 2],
      ],
    ]);
  });

  it('is its definition, whatever the batch', () => {
    const share = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(batches, share, fc.boolean(), (batch, each, carried) => {
        const before = multiSimilarityPairs({ epsilon: 2, distance: squaredEuclidean })(batch).pairs;
        const given = carried ? { ...batch, pairs: before } : batch;
        const anchors = slowly(batch, squaredEuclidean);
        const all = (['positives', 'negatives'] as const).map((role) =>
          anchors.flatMap((anchor) =>
            anchor[role].map(({ number, away }): Measured => ({ pair: [anchor.row, number], away })),
          ),
        );
        const [positives, negatives] = bothListed(before).map((listed, l) =>
          carried
            ? all[l].filter(({ pair }) => listed.some((other) => String(other) === String(pair)))
            : all[l],
        );
        expect(bothListed(hdcPairs({ share: each, distance: squaredEuclidean })(given).pairs)).toEqual([
          hardest(positives, each, -1),
          hardest(negatives, each, 1),
        ]);
      }),
    );
  });

  it('refuses a share that is none, and mined pairs that name no row', () => {
    for (const share of [0, 1.01, NaN]) {
      expect(() => hdcPairs({ share })).toThrow(
        new RangeError(`hdcPairs: share must be a number in (0, 1], got ${share}`),
      );
    }
    const none = { anchors: new Uint32Array(0), others: new Uint32Array(0) };
    const pairs = {
      positives: none,
      negatives: { anchors: Uint32Array.of(0, 1), others: Uint32Array.of(2, 6) },
    };
    expect(() => hdcPairs()({ ...line, pairs })).toThrow(
      new RangeError('hdcPairs: pairs.negatives.others[1] must be a row in [0, 6), got 6'),
    );
    const short = { ...pairs, negatives: { anchors: Uint32Array.of(0, 1), others: Uint32Array.of(2) } };
    expect(() => hdcPairs()({ ...line, pairs: short })).toThrow(
      new RangeError('hdcPairs: pairs.negatives.others.length must be 2, got 1'),
    );
  });
});
