import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../../src/core/matrix.ts';
import { alignment } from '../../../src/losses/views/alignment.ts';
import { negativeCosine } from '../../../src/losses/views/negative-cosine.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';

/** Cosines 0.6 and -1, distances √0.8 and 5. */
const views = {
  anchors: fromRows([
    [1, 0],
    [0, 3],
  ]),
  positives: fromRows([
    [0.6, 0.8],
    [0, -2],
  ]),
};

describe('negativeCosine', () => {
  it('is minus the cosine of each anchor and its positive', () => {
    const { value, terms, active } = negativeCosine()(views);
    expectClose(terms ?? [], [-0.6, 1], 1e-6);
    expect(value).toBeCloseTo(0.2, 6);
    expect(active).toBe(1);
  });
});

describe('alignment', () => {
  it('is a power of the distance of each anchor and its positive', () => {
    expectClose(alignment()(views).terms ?? [], [0.8, 25], 1e-6);
    expectClose(alignment({ alpha: 3, reduction: 'sum' })(views).terms ?? [], [0.8 ** 1.5, 125], 1e-5);
    // 3 · 5² along (0, 1)
    const { gradients } = alignment({ alpha: 3, reduction: 'sum' })(views);
    expectClose(gradients.anchors.data.subarray(2), [0, 75], 1e-5);
    expectClose(gradients.positives.data.subarray(2), [0, -75], 1e-5);
  });

  it('has no gradient where rows coincide, whatever the power', () => {
    for (const alpha of [0.5, 1, 2]) {
      const { value, active, gradients } = alignment({ alpha })({
        anchors: views.anchors,
        positives: views.anchors,
      });
      expect([value, active]).toEqual([0, 0]);
      expectClose(gradients.anchors.data, new Float32Array(4), 0);
    }
  });

  it('refuses a power that is not above 0', () => {
    expect(() => alignment({ alpha: 0 })).toThrow(
      new RangeError('alignment: alpha must be a finite number > 0, got 0'),
    );
  });
});

describe.each([
  ['negativeCosine', negativeCosine()],
  ['alignment', alignment()],
  ['alignment', alignment({ alpha: 1, reduction: 'sum' })],
] as const)('%s', (name, loss) => {
  it('has the slopes of its value', () => {
    for (const seed of [1, 2, 3]) {
      const batch = { anchors: gaussian(4, 3, seed, 1), positives: gaussian(4, 3, seed, 2) };
      expectGradient(loss, batch, ['anchors', 'positives']);
      expectSignsMatter(loss, batch, ['anchors', 'positives']);
    }
  });

  it('does not look at negatives, and says that they have no gradient', () => {
    const into = { anchors: noise(2, 2), positives: noise(2, 2), negatives: noise(3, 2) };
    const { value, gradients } = loss(
      { ...views, negatives: gaussian(3, 2, 1), owned: Uint32Array.of(1, 2) },
      into,
    );
    expect(value).toBe(loss(views).value);
    expect(gradients).toEqual(into);
    expectClose(into.negatives.data, new Float32Array(6), 0);
    expect(into.anchors).toEqual(loss(views).gradients.anchors);
  });

  it('is 0 of no anchors, finite of zero rows, and refuses what is not finite', () => {
    expect(loss({ anchors: matrix(0, 2), positives: matrix(0, 2) })).toMatchObject({ value: 0, active: 0 });
    const { gradients } = loss({ anchors: matrix(1, 2), positives: matrix(1, 2) });
    expectClose(gradients.anchors.data, [0, 0], 0);
    expect(() =>
      loss({
        ...views,
        anchors: fromRows([
          [0, 0],
          [NaN, 0],
        ]),
      }),
    ).toThrow(new RangeError(`${name}: anchors row 1 must be finite, got NaN in column 0`));
  });
});
