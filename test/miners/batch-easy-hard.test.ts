import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stack } from '../../src/core/matrix.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { batchEasyHard, type EasyHardStrategy } from '../../src/miners/batch-easy-hard.ts';
import { gaussian } from '../matrices.ts';
import { batches, bothListed, least, line, type Pair, type Relative, slowly } from './by-definition.ts';

const STRATEGIES = ['easy', 'semihard', 'hard', 'all'] as const;

const mined = (options: Parameters<typeof batchEasyHard>[0]) =>
  bothListed(batchEasyHard({ distance: euclidean, ...options })(line).pairs);

describe('batchEasyHard', () => {
  it('takes the nearest positive and the nearest negative past it unless told otherwise', () => {
    // row 2 has both its positives farther than all its negatives; row 4 is as far from row 3 as its positive row 1
    expect(mined({})).toEqual([
      [
        [0, 1],
        [1, 0],
        [3, 1],
        [4, 2],
        [5, 4],
      ],
      [
        [0, 2],
        [1, 2],
        [3, 5],
        [4, 1],
        [5, 3],
      ],
    ]);
  });

  it('takes the farthest positive that is nearer than the nearest negative', () => {
    expect(mined({ positives: 'semihard', negatives: 'hard' })).toEqual([
      [
        [0, 1],
        [1, 0],
        [5, 4],
      ],
      [
        [0, 2],
        [1, 2],
        [5, 3],
      ],
    ]);
  });

  it('takes the easiest of both', () => {
    expect(mined({ positives: 'easy', negatives: 'easy' })).toEqual([
      [
        [0, 1],
        [1, 0],
        [2, 4],
        [3, 1],
        [4, 2],
        [5, 4],
      ],
      [
        [0, 5],
        [1, 5],
        [2, 0],
        [3, 5],
        [4, 0],
        [5, 0],
      ],
    ]);
  });

  it('keeps to the ranges, both ends included, and so it does with all', () => {
    expect(
      mined({ positives: 'hard', negatives: 'hard', positiveRange: [0, 5], negativeRange: [3, 10] }),
    ).toEqual([
      [
        [0, 1],
        [1, 3],
        [3, 1],
      ],
      [
        [0, 2],
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(
      mined({ positives: 'all', negatives: 'all', positiveRange: [0, 5], negativeRange: [0, 3] }),
    ).toEqual([
      [
        [0, 1],
        [1, 0],
        [1, 3],
        [3, 1],
      ],
      [
        [1, 2],
        [2, 1],
        [2, 3],
        [3, 2],
      ],
    ]);
  });

  it('has rows that are the same at a distance of 0, not of a rounding below it', () => {
    const half = gaussian(60, 33, 2);
    const batch = {
      embeddings: stack(half, half),
      labels: Int32Array.from({ length: 120 }, (_, i) => i % 60),
    };
    const { pairs } = batchEasyHard({ positives: 'all', negatives: 'all', positiveRange: [0, 0.001] })(batch);
    expect(pairs.positives.anchors).toHaveLength(120);
  });

  it('has the pairs of one side without the other where one is all', () => {
    const lonely = { ...line, labels: Int32Array.of(0, 1, 2, 2, 3, 4) };
    const [positives, negatives] = bothListed(
      batchEasyHard({ positives: 'hard', negatives: 'all', distance: euclidean })(lonely).pairs,
    );
    expect(positives).toEqual([
      [2, 3],
      [3, 2],
    ]);
    // of 6 × 5 pairs two are positive
    expect(negatives).toHaveLength(28);
  });

  it('is its definition, whatever the batch, the strategies and the ranges', () => {
    const range = fc
      .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 9 }))
      .map(([low, width]) => [low, low + width] as const);
    const some = { positives: fc.constantFrom(...STRATEGIES), negatives: fc.constantFrom(...STRATEGIES) };
    const options = fc
      .record({ ...some, positiveRange: range, negativeRange: range })
      .filter(({ positives, negatives }) => allowed(positives, negatives));
    fc.assert(
      fc.property(batches, options, (batch, chosen) => {
        const expected: [Pair[], Pair[]] = [[], []];
        const within = (relatives: readonly Relative[], [low, high]: readonly [number, number]) =>
          relatives.filter(({ away }) => away >= low && away <= high);
        for (const { row, ...relatives } of slowly(batch, euclidean)) {
          const p = within(relatives.positives, chosen.positiveRange);
          const n = within(relatives.negatives, chosen.negativeRange);
          const hardest = { p: least(p, (away) => -away), n: least(n, (away) => away) };
          const easiest = { p: least(p, (away) => away), n: least(n, (away) => -away) };
          const positives = { all: p, hard: hardest.p, easy: easiest.p, semihard: [] };
          const negatives = { all: n, hard: hardest.n, easy: easiest.n, semihard: [] };
          let [ps, ns]: [Relative[], Relative[]] = [positives[chosen.positives], negatives[chosen.negatives]];
          if (chosen.positives === 'semihard') {
            ps = ns.flatMap((other) =>
              least(
                p.filter(({ away }) => away < other.away),
                (away) => -away,
              ),
            );
          }
          if (chosen.negatives === 'semihard') {
            ns = ps.flatMap((other) =>
              least(
                n.filter(({ away }) => away > other.away),
                (away) => away,
              ),
            );
          }
          const alone = chosen.positives === 'all' || chosen.negatives === 'all';
          if (!alone && (ps.length === 0 || ns.length === 0)) continue;
          expected[0].push(...ps.map(({ number }): Pair => [row, number]));
          expected[1].push(...ns.map(({ number }): Pair => [row, number]));
        }
        expect(bothListed(batchEasyHard({ ...chosen, distance: euclidean })(batch).pairs)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it.each(STRATEGIES.flatMap((positives) => STRATEGIES.map((negatives) => [positives, negatives] as const)))(
    'takes %s positives with %s negatives, or says why not',
    (positives, negatives) => {
      const make = () => batchEasyHard({ positives, negatives });
      if (allowed(positives, negatives)) expect(make).not.toThrow();
      else {
        expect(make).toThrow(
          new RangeError(
            `batchEasyHard: beside semihard must be easy or hard, got ${positives} and ${negatives}`,
          ),
        );
      }
    },
  );

  it('refuses a range that is none', () => {
    expect(() => batchEasyHard({ positiveRange: [1, 0.5] })).toThrow(
      new RangeError(
        'batchEasyHard: positiveRange must be two numbers, the first at most the second, got [1, 0.5]',
      ),
    );
    expect(() => batchEasyHard({ negativeRange: [0, NaN] })).toThrow('negativeRange must be two numbers');
  });
});

function allowed(positives: EasyHardStrategy, negatives: EasyHardStrategy): boolean {
  const rest = [positives, negatives].filter((each) => each !== 'semihard');
  return rest.length === 2 || (rest.length === 1 && rest[0] !== 'all');
}
