import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists } from '../../../src/core/batches.ts';
import { fromRows, matrix, row } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { megaBatchMargin } from '../../../src/losses/views/mega-batch-margin.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose } from '../../matrices.ts';
import { randomViews } from './random-views.ts';

/** Cosines 1, 0.6 and 0 of the first anchor, 0, 0.8 and 1 of the second, 0.8, 0.96 and 0.6 of the third; lengths do not matter. */
const byHand = {
  anchors: fromRows([
    [2, 0],
    [0, 1],
    [0.8, 0.6],
  ]),
  positives: fromRows([
    [1, 0],
    [0.6, 0.8],
    [0, 3],
  ]),
};

describe('megaBatchMargin', () => {
  it('adds what a positive lacks to what the nearest other has too much', () => {
    // 0 + 0.3, 0 + 0.7, 0.2 + 0.66
    const { value, terms, active } = megaBatchMargin()(byHand);
    expectClose(terms ?? [], [0.3, 0.7, 0.86]);
    expect(value).toBeCloseTo(1.86 / 3, 6);
    expect(active).toBe(3);
    expect(megaBatchMargin({ reduction: 'sum' })(byHand).value).toBeCloseTo(1.86, 6);
  });

  it('takes negatives among the others, and never what is right', () => {
    // the negative is at 0.96 of the second anchor and at 0.28 of the first
    const negatives = fromRows([[0.28, 0.96]]);
    expectClose(megaBatchMargin()({ ...byHand, negatives }).terms ?? [], [0.3, 0.7, 0.86]);
    const ids = Uint32Array.of(1, 2, 2);
    // the last two are one item: their nearest others are the negative at 0.96 and the first positive at 0.8
    expectClose(megaBatchMargin()({ ...byHand, negatives, ids }).terms ?? [], [0.3, 0.66, 0.2 + 0.5]);
    const labels = Int32Array.of(1, 2, 2);
    expectClose(megaBatchMargin()({ ...byHand, negatives, labels }).terms ?? [], [0.3, 0.66, 0.2 + 0.5]);
    const known = idLists([[6], [], []]);
    const told = { ...byHand, ids: Uint32Array.of(5, 6, 7), known };
    // 0 is nearest of what is left to the first
    expectClose(megaBatchMargin()(told).terms ?? [], [0, 0.7, 0.86]);
  });

  it('has the slopes of its value, whose nearest stay the nearest', () => {
    const names = ['anchors', 'positives', 'negatives'] as const;
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.nat(), (rows, seed) => {
        const views = randomViews({ rows, dim: 3, extra: 4, seed });
        const candidates = (i: number) =>
          [...Array(rows).keys()]
            .filter((j) => j !== i)
            .map((j) => cosine.score(row(views.anchors, i), row(views.positives, j)))
            .concat([0, 1, 2, 3].map((t) => cosine.score(row(views.anchors, i), row(views.negatives, t))))
            .toSorted((a, b) => b - a);
        for (let i = 0; i < rows; i++) {
          const [first, second] = candidates(i);
          fc.pre(first - second > 0.2);
        }
        // every hinge is open
        const loss = megaBatchMargin({ positiveMargin: 2, negativeMargin: -2 });
        const moved = names.filter((name) => loss(views).gradients[name]?.data.some((slope) => slope !== 0));
        expectGradient(loss, views, moved);
        expectSignsMatter(loss, views, moved);
      }),
      { numRuns: 15 },
    );
  });

  it('is 0 with no gradient where both margins are kept', () => {
    const apart = fromRows([
      [1, 0],
      [0, 1],
    ]);
    const { value, active, gradients } = megaBatchMargin()({ anchors: apart, positives: apart });
    expect([value, active]).toEqual([0, 0]);
    expectClose(gradients.anchors.data, [0, 0, 0, 0], 0);
  });

  it('leaves an anchor without a negative its positive, a zero row no gradient, and no rows nothing', () => {
    const one = megaBatchMargin()({ anchors: fromRows([[3, 4]]), positives: fromRows([[1, 0]]) });
    expect(one.value).toBeCloseTo(0.2, 6);
    const zero = megaBatchMargin()({
      anchors: matrix(2, 2),
      positives: fromRows([
        [1, 0],
        [0, 1],
      ]),
    });
    expect(zero.value).toBeCloseTo(0.8, 6);
    expectClose(zero.gradients.positives.data, [0, 0, 0, 0], 0);
    expect(megaBatchMargin()({ anchors: matrix(0, 2), positives: matrix(0, 2) })).toMatchObject({
      value: 0,
      active: 0,
    });
  });

  it('refuses a margin that is not finite', () => {
    expect(() => megaBatchMargin({ positiveMargin: NaN })).toThrow(
      new RangeError('megaBatchMargin: positiveMargin must be a finite number, got NaN'),
    );
  });
});
