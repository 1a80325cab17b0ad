import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import type { DiceOptions } from '../../../src/losses/classification/dice-conventions.ts';
import { dice } from '../../../src/losses/classification/dice.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, scaled } from '../../matrices.ts';

/** Sigmoids 3/4, 1/2, 1/4, 1/2, the first two of the class: I = 5/4, P = 2, T = 2. */
const byHand = {
  predictions: fromRows([[Math.log(3)], [0], [-Math.log(3)], [0]]),
  targets: fromRows([[1], [1], [0], [0]]),
};

const valueOf = (options: DiceOptions) => dice(options)(byHand).value;

describe('dice, by hand', () => {
  it('is 1 minus twice what both have over what each has', () => {
    expect(dice()(byHand).value).toBeCloseTo(1 - 2.5 / 4, 7);
    expect(valueOf({ convention: 'smp', smooth: 1 })).toBeCloseTo(1 - 3.5 / 5, 7);
    expect(valueOf({ convention: 'smp', logarithm: true })).toBeCloseTo(0.47000363, 6);
    // no denominator below the floor
    expect(valueOf({ convention: 'smp', floor: 10 })).toBeCloseTo(1 - 0.25, 7);
  });

  it('is 0 for a class that is nowhere, by the convention of smp', () => {
    const { value, active, gradients } = dice()({ ...byHand, targets: matrix(4, 1) });
    expect([value, active]).toEqual([0, 0]);
    expectClose(gradients.predictions.data, [0, 0, 0, 0], 0);
  });

  it('takes squares, the union, and other numbers above and below, by the convention of monai', () => {
    const exact = { convention: 'monai', smoothAbove: 0, smoothBelow: 0 } as const;
    expect(valueOf(exact)).toBeCloseTo(1 - 2.5 / 4, 7);
    // the squares add up to 9/8 and 2
    expect(valueOf({ ...exact, squared: true })).toBeCloseTo(1 - 2.5 / 3.125, 7);
    expect(valueOf({ ...exact, jaccard: true })).toBeCloseTo(1 - 1.25 / 2.75, 7);
    expect(valueOf({ ...exact, smoothAbove: 0.5, smoothBelow: 2 })).toBeCloseTo(1 - 3 / 6, 7);
  });

  it('weighs what is wrongly there and wrongly not there, by the convention of optax', () => {
    expect(valueOf({ convention: 'optax', smooth: 0 })).toBeCloseTo(1 - 1.25 / 2, 7);
    expect(valueOf({ convention: 'optax' })).toBeCloseTo(1 - 2.25 / 3, 7);
    // 3/4 are wrongly there and 3/4 wrongly not
    expect(valueOf({ convention: 'optax', alpha: 2, beta: 1, smooth: 0 })).toBeCloseTo(1 - 1.25 / 3.5, 7);
  });

  it('sums up over each sample alone, or over all', () => {
    const monai = { convention: 'monai', smoothAbove: 0, smoothBelow: 0 } as const;
    const two = { ...byHand, samples: 2 };
    // I, P, T are 5/4, 5/4, 2 in the first and 0, 3/4, 0 in the second
    expectClose(dice(monai)(two).terms ?? [], [1 - 2.5 / 3.25, 1], 1e-7);
    expect(dice({ ...monai, reduction: 'sum' })(two).value).toBeCloseTo(2 - 2.5 / 3.25, 7);
    expect(dice({ ...monai, over: 'batch' })(two).value).toBeCloseTo(1 - 2.5 / 4, 7);
    expectClose(dice({ convention: 'optax', smooth: 0 })(two).terms ?? [], [1 - 1.25 / 1.625, 1], 1e-7);
    expect(dice()(two).value).toBeCloseTo(1 - 2.5 / 4, 7);
  });

  it('leaves out the background, of which there is none with one class', () => {
    const monai = { convention: 'monai', activation: 'none', smoothAbove: 0, smoothBelow: 0 } as const;
    const batch = {
      predictions: fromRows([
        [0.5, 0.5],
        [0.25, 0.75],
      ]),
      labels: Int32Array.of(0, 1),
    };
    // 1 - 2 · 1/2 / (3/4 + 1), and 1 - 2 · 3/4 / (5/4 + 1)
    expectClose(dice(monai)(batch).terms ?? [], [1 - 1 / 1.75, 1 - 1.5 / 2.25], 1e-7);
    expectClose(dice({ ...monai, background: false })(batch).terms ?? [], [1 - 1.5 / 2.25], 1e-7);
    const optax = { convention: 'optax', activation: 'none', smooth: 0 } as const;
    expectClose(dice({ ...optax, classes: 'sum' })(batch).terms ?? [], [2 - 1 / 1.75 - 1.5 / 2.25], 1e-7);
    expectClose(dice({ ...optax, background: false })(batch).terms ?? [], [1 - 1.5 / 2.25], 1e-7);
    expect(valueOf({ convention: 'optax', smooth: 0, background: false })).toBeCloseTo(1 - 1.25 / 2, 7);
  });
});

const batches = fc
  .record({
    samples: fc.integer({ min: 1, max: 3 }),
    places: fc.integer({ min: 1, max: 5 }),
    classes: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(),
  })
  .map(({ samples, places, classes, seed }) => {
    const { below } = random(seed, 2);
    return {
      samples,
      predictions: gaussian(samples * places, classes, seed, 1),
      labels: Int32Array.from({ length: samples * places }, () => below(classes)),
    };
  });

const CONVENTIONS: readonly DiceOptions[] = [
  { convention: 'smp', smooth: 0.1 },
  { convention: 'smp', logarithm: true, smooth: 0.5 },
  { convention: 'monai' },
  { convention: 'monai', squared: true, over: 'batch', reduction: 'sum' },
  { convention: 'monai', jaccard: true, smoothAbove: 0.3, smoothBelow: 0.1 },
  { convention: 'optax' },
  { convention: 'optax', alpha: 0.3, beta: 0.9, classes: 'sum', reduction: 'sum' },
];

describe('dice, laws', () => {
  it.each(CONVENTIONS.map((options) => [JSON.stringify(options), options] as const))(
    'has the slopes of its value for a gradient, with %s',
    (_, options) => {
      fc.assert(
        fc.property(batches, fc.constantFrom('softmax', 'sigmoid'), (batch, activation) => {
          // the softmax of one class is 1 whatever its logit
          fc.pre(activation === 'sigmoid' || batch.predictions.cols > 1);
          expectGradient(dice({ ...options, activation }), batch, ['predictions']);
        }),
        { numRuns: 20 },
      );
      const batch = { predictions: gaussian(6, 3, 1), labels: Int32Array.of(0, 1, 2, 2, 1, 0), samples: 2 };
      expectSignsMatter(dice(options), batch, ['predictions']);
      const shares = scaled({ ...batch.predictions, data: batch.predictions.data.map(Math.tanh) }, 0.1);
      const probabilities = matrix(
        6,
        3,
        shares.data.map((x) => 0.5 + x),
      );
      expectGradient(dice({ ...options, activation: 'none' }), { ...batch, predictions: probabilities }, [
        'predictions',
      ]);
    },
  );

  it('is the same in all conventions, of one sample and without smoothing', () => {
    fc.assert(
      fc.property(batches, ({ predictions, labels }) => {
        // every class is somewhere
        const { cols } = predictions;
        fc.pre(new Set(labels).size === cols);
        const [first, ...others] = [
          dice()({ predictions, labels }),
          dice({ convention: 'monai', smoothAbove: 0, smoothBelow: 0 })({ predictions, labels }),
          dice({ convention: 'optax', smooth: 0 })({ predictions, labels }),
        ];
        for (const { value, gradients } of others) {
          expect(value).toBeCloseTo(first.value, 6);
          expectClose(gradients.predictions.data, first.gradients.predictions.data, 1e-6);
        }
      }),
    );
  });

  it('takes labels for one-hot targets', () => {
    fc.assert(
      fc.property(batches, fc.constantFrom(...CONVENTIONS), (batch, options) => {
        const { rows, cols } = batch.predictions;
        const targets = matrix(rows, cols);
        batch.labels.forEach((label, i) => (targets.data[i * cols + label] = 1));
        const { predictions, samples } = batch;
        expect(dice(options)({ predictions, samples, targets })).toEqual(dice(options)(batch));
      }),
    );
  });
});

describe('dice, corners', () => {
  const empties = [matrix(0, 3), matrix(0, 1), matrix(4, 0)];

  it('is 0 without slopes of no pixels and of no classes', () => {
    for (const options of CONVENTIONS) {
      for (const empty of empties) {
        const { gradients, ...result } = dice({ ...options, activation: 'none' })({
          predictions: empty,
          targets: empty,
          samples: 2,
        });
        expect(Number.isFinite(result.value)).toBe(true);
        expect(gradients.predictions).toEqual(empty);
      }
    }
  });

  it('is 0 of a class that is neither there nor predicted, where nothing is added', () => {
    const nothing = { predictions: matrix(4, 2), targets: matrix(4, 2) };
    for (const options of [
      { convention: 'smp', activation: 'none' },
      { convention: 'monai', activation: 'none', smoothAbove: 0, smoothBelow: 0 },
      { convention: 'optax', activation: 'none', smooth: 0 },
    ] as const) {
      const { value, active, gradients } = dice(options)(nothing);
      expect([value, active]).toEqual([0, 0]);
      expectClose(gradients.predictions.data, new Float32Array(8), 0);
    }
  });

  it('is stable at any logits, and may be written over them', () => {
    const batch = {
      predictions: fromRows([
        [1e4, -1e4],
        [-1e4, 1e4],
        [1e4, -1e4],
      ]),
      labels: Int32Array.of(0, 1, 1),
    };
    for (const activation of ['softmax', 'sigmoid'] as const) {
      const loss = dice({ convention: 'smp', activation });
      const fresh = loss(batch);
      expect(fresh.value).toBeCloseTo(1 / 3, 7);
      const over = { ...batch, predictions: matrix(3, 2, batch.predictions.data.slice()) };
      expect(loss(over, { predictions: over.predictions })).toEqual(fresh);
    }
  });

  it('refuses what does not fit', () => {
    const refused = (run: () => unknown, sentence: string) =>
      expect(run).toThrow(new RangeError(`dice: ${sentence}`));
    const { predictions, targets } = byHand;
    refused(
      () => dice()({ ...byHand, samples: 3 }),
      'predictions.rows must be a multiple of samples, 3, got 4',
    );
    refused(() => dice()({ predictions, targets: matrix(4, 2) }), 'targets.cols must be 1, got 2');
    refused(
      () => dice()({ predictions, labels: Int32Array.of(0, 0, 0, 1) }),
      'labels[3] must be a class in [0, 1), got 1',
    );
    refused(
      () => dice({ convention: 'smp', activation: 'none' })({ predictions, targets }),
      'predictions row 0 must be in [0, 1], got 1.0986123085021973 in column 0',
    );
    refused(() => dice({ convention: 'smp', floor: 0 }), 'floor must be a finite number > 0, got 0');
    refused(
      () => dice({ convention: 'monai', smoothBelow: -1 }),
      'smoothBelow must be a finite number >= 0, got -1',
    );
    refused(() => dice({ convention: 'optax', beta: NaN }), 'beta must be a finite number >= 0, got NaN');
    refused(
      // @ts-expect-error as a program in JavaScript may
      () => dice({ convention: 'kornia' }),
      'convention must be smp or monai or optax, got kornia',
    );
  });
});
