import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Logits } from '../../src/core/batches.ts';
import { fromRows, gather, matrix, row, type Matrix } from '../../src/core/matrix.ts';
import { random, shuffled } from '../../src/core/random.ts';
import { crossEntropy } from '../../src/losses/classification/cross-entropy.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { expectClose, gaussian, noise } from '../matrices.ts';

/** Softmax (1/4, 3/4), then (1/2, 1/2). */
const byHand = {
  logits: fromRows([
    [0, Math.log(3)],
    [5, 5],
  ]),
  labels: Int32Array.of(1, 0),
};

const batches = fc
  .record({ rows: fc.integer({ min: 1, max: 6 }), classes: fc.integer({ min: 2, max: 5 }), seed: fc.nat() })
  .map(({ rows, classes, seed }) => {
    const { below } = random(seed, 2);
    return {
      logits: gaussian(rows, classes, seed, 1),
      labels: Int32Array.from({ length: rows }, () => below(classes)),
    };
  });
const smoothings = fc.constantFrom(0, 0.1, 0.6, 1);

describe('crossEntropy, by hand', () => {
  it('is minus the logarithm of what the right class has of the softmax', () => {
    const { value, terms, active } = crossEntropy()(byHand);
    // log(4/3) and log 2
    expectClose(terms ?? [], [0.28768207, Math.LN2], 1e-7);
    expect(value).toBeCloseTo(0.49041463, 7);
    expect(active).toBe(2);
    expect(crossEntropy({ reduction: 'sum' })(byHand).value).toBeCloseTo(0.98082925, 7);
  });

  it('has the softmax minus the target for a gradient', () => {
    expectClose(
      crossEntropy({ reduction: 'sum' })(byHand).gradients.logits.data,
      [0.25, -0.25, -0.5, 0.5],
      1e-7,
    );
    expectClose(crossEntropy()(byHand).gradients.logits.data, [0.125, -0.125, -0.25, 0.25], 1e-7);
  });

  it('gives every class its part of what is smoothed, the right one included', () => {
    // the target is (0.1, 0.9): 0.1 log 4 + 0.9 log(4/3)
    const { terms, gradients } = crossEntropy({ labelSmoothing: 0.2, reduction: 'sum' })(byHand);
    expectClose(terms ?? [], [0.3975433, Math.LN2], 1e-7);
    expectClose(gradients.logits.data, [0.15, -0.15, -0.4, 0.4], 1e-7);
  });

  it('passes over ignored rows, in the mean too', () => {
    const { value, terms, active, gradients } = crossEntropy()({ ...byHand, labels: Int32Array.of(1, -100) });
    expectClose(terms ?? [], [0.28768207, 0], 1e-7);
    expect(value).toBeCloseTo(0.28768207, 7);
    expect(active).toBe(1);
    expectClose(gradients.logits.data, [0.25, -0.25, 0, 0], 1e-7);
  });
});

describe('crossEntropy, weights and shares', () => {
  it('weighs each label, and divides by what the labels weigh', () => {
    const weight = [3, 0.5];
    // 0.5 · log(4/3) and 3 · log 2
    const { value, terms, gradients } = crossEntropy({ weight })(byHand);
    expectClose(terms ?? [], [0.14384104, 2.07944154], 1e-7);
    expect(value).toBeCloseTo(2.22328258 / 3.5, 7);
    expectClose(gradients.logits.data, [0.125 / 3.5, -0.125 / 3.5, -1.5 / 3.5, 1.5 / 3.5], 1e-7);
    // an ignored label weighs nothing
    const ignoring = crossEntropy({ weight, ignoreIndex: 0 })(byHand);
    expect(ignoring.value).toBeCloseTo(0.28768207, 7);
  });

  it('weighs each class that is smoothed over', () => {
    // 0.8 · 0.5 log(4/3) for the label, 0.1 (3 log 4 + 0.5 log(4/3)) for both classes
    const { terms } = crossEntropy({ weight: [3, 0.5], labelSmoothing: 0.2, reduction: 'sum' })(byHand);
    expect(terms?.[0]).toBeCloseTo(0.11507283 + 0.1 * (4.15888308 + 0.14384104), 6);
  });

  it('takes the share of each class for its target, and divides by the rows whatever they weigh', () => {
    const targets = fromRows([
      [0.25, 0.75],
      [0, 0.5],
    ]);
    const { terms, value } = crossEntropy({ weight: [1, 2] })({ logits: byHand.logits, targets });
    // 0.25 log 4 + 2 · 0.75 log(4/3), and 2 · 0.5 log 2
    expectClose(terms ?? [], [0.34657359 + 0.43152311, Math.LN2], 1e-6);
    expect(value).toBeCloseTo((0.7780967 + Math.LN2) / 2, 6);
  });

  it('is, of shares that are all 0 or 1, that of the labels', () => {
    fc.assert(
      fc.property(batches, smoothings, ({ logits, labels }, labelSmoothing) => {
        const targets = matrix(logits.rows, logits.cols);
        labels.forEach((label, i) => (row(targets, i)[label] = 1));
        const [soft, hard] = [
          crossEntropy({ labelSmoothing })({ logits, targets }),
          crossEntropy({ labelSmoothing })({ logits, labels }),
        ];
        expect(soft.value).toBeCloseTo(hard.value, 6);
        expectClose(soft.gradients.logits.data, hard.gradients.logits.data, 1e-6);
      }),
    );
  });

  it('may be written over the logits', () => {
    const batch = { logits: gaussian(9, 35, 7), labels: Int32Array.from({ length: 9 }, (_, i) => i) };
    const fresh = crossEntropy({ labelSmoothing: 0.1 })(batch);
    expect(crossEntropy({ labelSmoothing: 0.1 })(batch, { logits: batch.logits })).toEqual(fresh);
  });

  it('is 0 with a zero gradient where all labels weigh nothing', () => {
    const { value, gradients } = crossEntropy({ weight: [0, 0] })(byHand);
    expect(value).toBe(0);
    expectClose(gradients.logits.data, [0, 0, 0, 0], 0);
  });
});

describe('crossEntropy, gradients', () => {
  const weight = [0.5, 2, 1, 0.25];
  const targets = fromRows([
    [0.1, 0.2, 0.3, 0.4],
    [0, 1, 0, 0],
    [0.5, 0, 0.9, 0],
  ]);
  const soft = { logits: gaussian(3, 4, 2), targets };
  for (const options of [{ weight }, { labelSmoothing: 0.3, weight }, { reduction: 'sum' }] as const) {
    const which = JSON.stringify(options);
    it(`of shares are the slopes of the value, with ${which}`, () => {
      expectGradient(crossEntropy(options), soft, ['logits']);
      expectSignsMatter(crossEntropy(options), soft, ['logits']);
    });

    it(`of the shares themselves are the slopes of the value, where there is room, with ${which}`, () => {
      const both = (batch: Logits) => crossEntropy(options)(batch, { targets: noise(3, 4) });
      // farther from 0 and 1 than a step
      const within = {
        logits: soft.logits,
        targets: matrix(
          3,
          4,
          targets.data.map((share) => 0.3 + share / 3),
        ),
      };
      expectGradient(both, within, ['logits', 'targets']);
      expectSignsMatter(both, within, ['logits', 'targets']);
    });
  }

  it('of the shares are minus the logarithms, and stand in the room for them', () => {
    const into = { targets: noise(2, 2) };
    const { gradients } = crossEntropy({ reduction: 'sum', labelSmoothing: 0.5, weight: [1, 4] })(
      { logits: byHand.logits, targets: matrix(2, 2) },
      into,
    );
    expect(gradients.targets).toBe(into.targets);
    // half of log 4 and of four times log(4/3), half of log 2 and of four times it
    expectClose(into.targets.data, [Math.LN2, 0.57536414, Math.LN2 / 2, 2 * Math.LN2], 1e-6);
    expect(crossEntropy()(byHand, { targets: noise(2, 2) }).gradients.targets).toBeUndefined();
  });

  const batch = { logits: gaussian(5, 4, 1), labels: Int32Array.of(3, 0, -100, 1, 1) };
  for (const options of [
    {},
    { weight },
    { labelSmoothing: 0.3, weight },
    { labelSmoothing: 0.3 },
    { reduction: 'sum', labelSmoothing: 1 },
  ] as const) {
    const loss = crossEntropy(options);
    const which = JSON.stringify(options);
    it(`are the slopes of the value, with ${which}`, () => expectGradient(loss, batch, ['logits']));
    it(`would be told from their opposites, with ${which}`, () => expectSignsMatter(loss, batch, ['logits']));
  }

  it('are the slopes of the value on any shape', () => {
    fc.assert(
      fc.property(batches, smoothings, (batch, labelSmoothing) => {
        expectGradient(crossEntropy({ labelSmoothing }), batch, ['logits']);
      }),
      { numRuns: 25 },
    );
  });

  it('add to nothing along each row, since raising all logits changes nothing', () => {
    fc.assert(
      fc.property(batches, smoothings, (batch, labelSmoothing) => {
        const { gradients } = crossEntropy({ labelSmoothing })(batch);
        for (let i = 0; i < gradients.logits.rows; i++) {
          expect(row(gradients.logits, i).reduce((sum, slope) => sum + slope, 0)).toBeCloseTo(0, 6);
        }
      }),
    );
  });
});

describe('crossEntropy, laws', () => {
  it('is, smoothed, between that of the label and the mean of those of all classes', () => {
    fc.assert(
      fc.property(batches, fc.constantFrom(0.1, 0.6, 1), ({ logits, labels }, labelSmoothing) => {
        const sharp = crossEntropy();
        let overClasses = 0;
        for (let c = 0; c < logits.cols; c++) {
          overClasses += sharp({ logits, labels: labels.map(() => c) }).value / logits.cols;
        }
        const between = (1 - labelSmoothing) * sharp({ logits, labels }).value + labelSmoothing * overClasses;
        expect(crossEntropy({ labelSmoothing })({ logits, labels }).value).toBeCloseTo(between, 7);
      }),
    );
  });

  it('ignores a row as if it were not there', () => {
    fc.assert(
      fc.property(batches, smoothings, fc.nat(), ({ logits, labels }, labelSmoothing, seed) => {
        const ignoreIndex = labels[seed % labels.length];
        const kept = Array.from(labels.keys()).filter((i) => labels[i] !== ignoreIndex);
        const without = { logits: gather(logits, kept), labels: Int32Array.from(kept, (i) => labels[i]) };
        const ignoring = crossEntropy({ labelSmoothing, ignoreIndex })({ logits, labels });
        const expected = crossEntropy({ labelSmoothing })(without);
        expect(ignoring.value).toBeCloseTo(expected.value, 12);
        expect(ignoring.active).toBe(expected.active);
        expectClose(gather(ignoring.gradients.logits, kept).data, expected.gradients.logits.data, 0);
      }),
    );
  });

  it('moves with its rows and with its classes', () => {
    fc.assert(
      fc.property(batches, fc.nat(), ({ logits, labels }, seed) => {
        const order = shuffled(logits.rows, random(seed, 1));
        const classes = shuffled(logits.cols, random(seed, 2));
        const rename = (m: typeof logits) =>
          fromRows(Array.from(order, (i) => Float32Array.from(classes, (c) => row(m, i)[c])));
        const loss = crossEntropy({ labelSmoothing: 0.1 });
        const straight = loss({ logits, labels });
        const moved = loss({
          logits: rename(logits),
          labels: Int32Array.from(order, (i) => classes.indexOf(labels[i])),
        });
        expect(moved.value).toBeCloseTo(straight.value, 10);
        expectClose(moved.gradients.logits.data, rename(straight.gradients.logits).data, 1e-6);
      }),
    );
  });
});

describe('crossEntropy, into', () => {
  it('is written over, with the same numbers as a fresh matrix gets', () => {
    const batch = { logits: gaussian(4, 3, 3), labels: Int32Array.of(0, -100, 2, 1) };
    const into = { logits: noise(4, 3) };
    const written = crossEntropy()(batch, into);
    expect(written.gradients.logits).toBe(into.logits);
    expect(written).toEqual(crossEntropy()(batch));
  });
});

describe('crossEntropy, corners', () => {
  it('is log(classes) where all logits are equal', () => {
    const batch = { logits: fromRows([[7, 7, 7, 7, 7]]), labels: Int32Array.of(3) };
    for (const labelSmoothing of [0, 0.4, 1]) {
      expect(crossEntropy({ labelSmoothing })(batch).value).toBeCloseTo(Math.log(5), 12);
    }
  });

  it('is 0 with a zero gradient where all rows are ignored, or there are none', () => {
    for (const reduction of ['mean', 'sum'] as const) {
      const ignored = crossEntropy({ reduction })({
        logits: gaussian(3, 4, 4),
        labels: Int32Array.of(-100, -100, -100),
      });
      expect(ignored).toEqual({
        value: 0,
        terms: new Float32Array(3),
        active: 0,
        gradients: { logits: matrix(3, 4) },
      });
      expect(crossEntropy({ reduction })({ logits: matrix(0, 4), labels: new Int32Array() })).toMatchObject({
        value: 0,
      });
    }
  });

  it('is 0 where there is one class to choose from', () => {
    const { value, gradients } = crossEntropy({ labelSmoothing: 0.1 })({
      logits: fromRows([[3]]),
      labels: Int32Array.of(0),
    });
    expect(value).toBeCloseTo(0, 12);
    expectClose(gradients.logits.data, [0], 0);
  });

  it('is finite at logits of ±10 000, and linear there', () => {
    const batch = {
      logits: fromRows([
        [1e4, -1e4],
        [1e4, -1e4],
      ]),
      labels: Int32Array.of(0, 1),
    };
    const { terms, gradients } = crossEntropy({ reduction: 'sum' })(batch);
    expectClose(terms ?? [], [0, 20_000], 0);
    expectClose(gradients.logits.data, [0, 0, 1, -1], 0);
    // a tenth of the target on each class but the right one: 0.1 · 20 000, and the rest of it
    expectClose(
      crossEntropy({ labelSmoothing: 0.2, reduction: 'sum' })(batch).terms ?? [],
      [2000, 18_000],
      1e-7,
    );
  });

  it('takes logits as large as float32 has', () => {
    const most = 3e38;
    const { value, gradients } = crossEntropy()({
      logits: fromRows([[most, -most]]),
      labels: Int32Array.of(1),
    });
    expect(value).toBeGreaterThan(5.99e38);
    expect(value).toBeLessThan(Infinity);
    expectClose(gradients.logits.data, [1, -1], 0);
  });
});

describe('crossEntropy, refusals', () => {
  const logits = gaussian(2, 3, 5);
  const cases: readonly (readonly [what: string, batch: Logits, sentence: string])[] = [
    ['labels of another count', { logits, labels: Int32Array.of(1) }, 'labels.length must be 2, got 1'],
    [
      'a logit that is not finite',
      {
        logits: fromRows([
          [0, 1],
          [-Infinity, 2],
        ]),
        labels: Int32Array.of(0, 1),
      },
      'logits row 1 must be finite, got -Infinity in column 0',
    ],
    [
      'a label past the classes',
      { logits, labels: Int32Array.of(2, 3) },
      'labels[1] must be a class in [0, 3) or -100, got 3',
    ],
    [
      'a negative label that is not the ignored one',
      { logits, labels: Int32Array.of(-1, 0) },
      'labels[0] must be a class in [0, 3) or -100, got -1',
    ],
  ];
  for (const [what, wrong, sentence] of cases) {
    it(`refuses ${what}`, () => {
      expect(() => crossEntropy()(wrong)).toThrow(new RangeError(`crossEntropy: ${sentence}`));
    });
  }

  it('refuses shares of another shape or outside [0, 1]', () => {
    const refused = (targets: Matrix, sentence: string) =>
      expect(() => crossEntropy()({ logits, targets })).toThrow(new RangeError(`crossEntropy: ${sentence}`));
    refused(matrix(1, 3), 'targets.rows must be 2, got 1');
    refused(matrix(2, 4), 'targets.cols must be 3, got 4');
    const wrong = matrix(2, 3);
    wrong.data[4] = NaN;
    refused(wrong, 'targets row 1 must be in [0, 1], got NaN in column 1');
    wrong.data[4] = -0.5;
    refused(wrong, 'targets row 1 must be in [0, 1], got -0.5 in column 1');
  });

  it('refuses weights below 0, and another number of them than there are classes', () => {
    expect(() => crossEntropy({ weight: [1, -1] })).toThrow(
      new RangeError('crossEntropy: weight[1] must be a finite number >= 0, got -1'),
    );
    expect(() => crossEntropy({ weight: [1, 1] })({ logits, labels: Int32Array.of(0, 1) })).toThrow(
      new RangeError('crossEntropy: weight.length must be 3, got 2'),
    );
  });

  it('refuses smoothing outside [0, 1]', () => {
    for (const labelSmoothing of [-0.1, 1.1, NaN]) {
      expect(() => crossEntropy({ labelSmoothing })).toThrow(
        new RangeError(`crossEntropy: labelSmoothing must be a number in [0, 1], got ${labelSmoothing}`),
      );
    }
  });
});
