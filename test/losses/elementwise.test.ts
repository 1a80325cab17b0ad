import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TargetGradients, Targets } from '../../src/core/batches.ts';
import { fromRows, matrix } from '../../src/core/matrix.ts';
import { binaryCrossEntropy } from '../../src/losses/classification/binary-cross-entropy.ts';
import type { ElementwiseOptions } from '../../src/losses/elementwise.ts';
import { huber } from '../../src/losses/regression/huber.ts';
import { logCosh } from '../../src/losses/regression/log-cosh.ts';
import type { Loss } from '../../src/losses/loss.ts';
import { mae } from '../../src/losses/regression/mae.ts';
import { mse } from '../../src/losses/regression/mse.ts';
import { quantile } from '../../src/losses/regression/quantile.ts';
import { smoothL1 } from '../../src/losses/regression/smooth-l1.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { expectClose, gaussian, noise, scaled } from '../matrices.ts';

type Made = (options?: ElementwiseOptions) => Loss<Targets, TargetGradients>;

/** By hand: differences of -2, 0.5, 0 and 3, or logits of those. */
const predictions = fromRows([
  [-1, 1.5],
  [4, 2],
]);
const targets = fromRows([
  [1, 1],
  [4, -1],
]);
const losses: readonly (readonly [name: string, made: Made, terms: number[], slopes: number[]])[] = [
  ['mse', mse, [4, 0.25, 0, 9], [-4, 1, 0, 6]],
  ['mae', mae, [2, 0.5, 0, 3], [-1, 1, 0, 1]],
  ['huber', huber, [1.5, 0.125, 0, 2.5], [-1, 0.5, 0, 1]],
  ['huber', (options) => huber({ delta: 2.5, ...options }), [2, 0.125, 0, 4.375], [-2, 0.5, 0, 2.5]],
  ['smoothL1', smoothL1, [1.5, 0.125, 0, 2.5], [-1, 0.5, 0, 1]],
  ['smoothL1', (options) => smoothL1({ beta: 2.5, ...options }), [0.8, 0.05, 0, 1.75], [-0.8, 0.2, 0, 1]],
  ['smoothL1', (options) => smoothL1({ beta: 0, ...options }), [2, 0.5, 0, 3], [-1, 1, 0, 1]],
  // log cosh of 2, 0.5 and 3; tanh of them
  ['logCosh', logCosh, [1.3250027, 0.1201145, 0, 2.3093285], [-0.9640276, 0.4621172, 0, 0.9950548]],
  ['quantile', quantile, [1, 0.25, 0, 1.5], [-0.5, 0.5, -0.5, 0.5]],
  [
    'quantile',
    (options) => quantile({ quantile: 0.9, ...options }),
    [1.8, 0.05, 0, 0.3],
    [-0.9, 0.1, -0.9, 0.1],
  ],
];

for (const [name, made, terms, slopes] of losses) {
  describe(`${name} with the differences -2, 0.5, 0 and 3`, () => {
    it('is worked by hand', () => {
      const sum = terms.reduce((total, term) => total + term, 0);
      const { gradients, ...result } = made({ reduction: 'sum', listTerms: true })({ predictions, targets });
      expect(result.value).toBeCloseTo(sum, 5);
      expectClose(result.terms ?? [], terms, 1e-6);
      expectClose(gradients.predictions.data, slopes, 1e-6);
      expect(result.active).toBe(3);
      const mean = made()({ predictions, targets });
      expect(mean.value).toBeCloseTo(sum / 4, 5);
      expect(mean.terms).toBeUndefined();
      expectClose(mean.gradients.predictions.data, scaled(gradients.predictions, 0.25).data, 1e-6);
    });

    it('multiplies each term and slope by its weight, and divides by the number of terms all the same', () => {
      const weights = fromRows([
        [2, 0],
        [1, 3],
      ]);
      const { value, gradients } = made()({ predictions, targets, weights });
      expect(value).toBeCloseTo((2 * terms[0] + terms[2] + 3 * terms[3]) / 4, 5);
      expectClose(gradients.predictions.data, [slopes[0] / 2, 0, slopes[2] / 4, 0.75 * slopes[3]], 1e-6);
    });

    it('has the slopes of its value for a gradient', () => {
      // no difference within a step of 0, of delta or of beta
      const batch = {
        predictions,
        targets: fromRows([
          [3, -0.3],
          [2.3, 1.4],
        ]),
        weights: fromRows([
          [1, 2],
          [0.5, 3],
        ]),
      };
      const both = (given: Targets) => made()(given, { targets: noise(2, 2) });
      expectGradient(both, batch, ['predictions', 'targets']);
      expectSignsMatter(both, batch, ['predictions', 'targets']);
    });

    it('has the opposite slopes along the targets, where there is room for them', () => {
      const into = { targets: noise(2, 2) };
      const { gradients } = made({ reduction: 'sum' })({ predictions, targets }, into);
      expect(gradients.targets).toBe(into.targets);
      expectClose(
        into.targets.data,
        slopes.map((slope) => -slope),
        1e-6,
      );
      expect(made()({ predictions, targets }).gradients.targets).toBeUndefined();
    });

    it('has the slopes of its value on any shape', () => {
      const side = fc.integer({ min: 1, max: 3 });
      fc.assert(
        fc.property(side, side, fc.nat(), (rows, cols, seed) => {
          const y = scaled(gaussian(rows, cols, seed), 0.3);
          // far enough from every kink, for rows no longer than these make
          const apart = [-1.6, -0.35, 0.36, 1.7];
          const batch = {
            predictions: matrix(
              rows,
              cols,
              y.data.map((value, e) => value + apart[(e + seed) % 4]),
            ),
            targets: y,
          };
          expectGradient(made({ reduction: 'sum' }), batch, ['predictions']);
        }),
        { numRuns: 25 },
      );
    });
  });
}

describe('losses of numbers', () => {
  const all: readonly (readonly [name: string, made: Made])[] = [
    ...losses.map(([name, made]) => [name, made] as const),
    ['binaryCrossEntropy', binaryCrossEntropy],
  ];

  it('are 0 where there are no numbers', () => {
    for (const [, made] of all) {
      for (const empty of [matrix(0, 3), matrix(2, 0)]) {
        const result = made({ listTerms: true })({ predictions: empty, targets: empty });
        expect(result).toEqual({
          value: 0,
          active: 0,
          terms: new Float32Array(),
          gradients: { predictions: empty },
        });
      }
    }
  });

  it('write into what they are handed, and over the predictions', () => {
    for (const [, made] of all) {
      const batch = { predictions: gaussian(5, 9, 1), targets: gaussian(5, 9, 2) };
      batch.targets.data.forEach((value, e) => (batch.targets.data[e] = Math.abs(value) % 1));
      const fresh = made()(batch);
      const into = { predictions: noise(5, 9) };
      expect(made()(batch, into)).toEqual(fresh);
      expect(into).toEqual(fresh.gradients);
      const { predictions: x, targets: y } = batch;
      const inPlace = made()(
        { predictions: x, targets: y },
        { predictions: matrix(5, 9), targets: noise(5, 9) },
      );
      expect(made()(batch, { predictions: x, targets: y })).toEqual(inPlace);
      expect(inPlace.gradients.predictions).toEqual(fresh.gradients.predictions);
    }
  });

  it('are finite at differences as large as float32 has', () => {
    for (const [name, made] of all) {
      const [p, y] = [
        fromRows([[3e38, -3e38]]),
        name === 'binaryCrossEntropy' ? matrix(1, 2) : fromRows([[-3e38, 3e38]]),
      ];
      const { value } = made()({ predictions: p, targets: y });
      expect(value, name).toBeGreaterThan(1e37);
      expect(value, name).toBeLessThan(Infinity);
    }
  });

  it('refuse other shapes, and what is not finite', () => {
    for (const [name, made] of all) {
      const refused = (batch: Targets, sentence: string) =>
        expect(() => made()(batch)).toThrow(new RangeError(`${name}: ${sentence}`));
      const [two, three] = [matrix(2, 2), matrix(3, 2)];
      const wrong = fromRows([
        [0, 1],
        [NaN, 1],
      ]);
      refused({ predictions: two, targets: three }, 'targets.rows must be 2, got 3');
      refused({ predictions: two, targets: matrix(2, 1) }, 'targets.cols must be 2, got 1');
      refused({ predictions: two, targets: two, weights: three }, 'weights.rows must be 2, got 3');
      refused({ predictions: wrong, targets: two }, 'predictions row 1 must be finite, got NaN in column 0');
      const must = name === 'binaryCrossEntropy' ? 'in [0, 1]' : 'finite';
      refused({ predictions: two, targets: wrong }, `targets row 1 must be ${must}, got NaN in column 0`);
      refused(
        { predictions: two, targets: two, weights: wrong },
        'weights row 1 must be finite, got NaN in column 0',
      );
    }
  });

  it('refuse what they are made with', () => {
    const cases: readonly (readonly [made: () => unknown, sentence: string])[] = [
      [() => huber({ delta: 0 }), 'huber: delta must be a finite number > 0, got 0'],
      [() => smoothL1({ beta: -1 }), 'smoothL1: beta must be a finite number >= 0, got -1'],
      [() => quantile({ quantile: 1 }), 'quantile: quantile must be a number in (0, 1), got 1'],
      [
        () => binaryCrossEntropy({ positiveWeight: [1, NaN] }),
        'binaryCrossEntropy: positiveWeight[1] must be a finite number >= 0, got NaN',
      ],
    ];
    for (const [made, sentence] of cases) expect(made).toThrow(new RangeError(sentence));
    expect(() => binaryCrossEntropy({ positiveWeight: [1] })({ predictions, targets: matrix(2, 2) })).toThrow(
      new RangeError('binaryCrossEntropy: positiveWeight.length must be 2, got 1'),
    );
  });
});

describe('binaryCrossEntropy', () => {
  /** σ(log 3) = 3/4 */
  const logits = fromRows([
    [Math.log(3), 0],
    [-Math.log(3), 40],
  ]);
  const labels = fromRows([
    [1, 0],
    [0.5, 0],
  ]);

  it('is minus the logarithm of what the logit says of the target', () => {
    const { terms, gradients } = binaryCrossEntropy({ reduction: 'sum', listTerms: true })({
      predictions: logits,
      targets: labels,
    });
    // log(4/3), log 2, half of log 4 and half of log(4/3), 40 + e^-40
    expectClose(terms ?? [], [0.28768207, Math.LN2, 0.83698822, 40], 1e-7);
    expectClose(gradients.predictions.data, [-0.25, 0.5, -0.25, 1], 1e-7);
  });

  it('weighs what is positive, column by column', () => {
    const { terms, gradients } = binaryCrossEntropy({
      positiveWeight: [3, 5],
      reduction: 'sum',
      listTerms: true,
    })({
      predictions: logits,
      targets: labels,
    });
    expectClose(terms ?? [], [0.86304622, Math.LN2, 2.07944154 + 0.14384104, 40], 1e-7);
    // -3 · 1/4, and 0.5 · 1/4 - 3 · 0.5 · 3/4
    expectClose(gradients.predictions.data, [-0.75, 0.5, -1, 1], 1e-6);
  });

  it('keeps the slopes of logits that are far on the right side', () => {
    const { gradients } = binaryCrossEntropy({ reduction: 'sum' })({
      predictions: fromRows([[30, -30]]),
      targets: fromRows([[1, 0]]),
    });
    // e^-30 each
    expectClose(scaled(gradients.predictions, 1e13).data, [-0.93576, 0.93576], 1e-4);
  });

  it('has the slopes of its value for a gradient', () => {
    const batch = {
      predictions: gaussian(3, 4, 1),
      targets: fromRows([
        [1, 0, 0.3, 1],
        [0, 0, 1, 1],
        [0.9, 1, 0, 0],
      ]),
    };
    const loss = binaryCrossEntropy({ positiveWeight: [1, 2, 0.5, 3] });
    expectGradient(loss, batch, ['predictions']);
    expectSignsMatter(loss, batch, ['predictions']);
  });
});
