import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Targets } from '../../../src/core/batches.ts';
import { fromRows, matrix, type Matrix } from '../../../src/core/matrix.ts';
import { binaryCrossEntropy } from '../../../src/losses/classification/binary-cross-entropy.ts';
import { multiLabelSoftMargin } from '../../../src/losses/classification/multi-label-soft-margin.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';

/** Numbers between 0 and 1, farther from both than `expectGradient` steps. */
function shares(rows: number, cols: number, ...key: readonly number[]): Matrix {
  return matrix(
    rows,
    cols,
    gaussian(rows, cols, ...key).data.map((x) => 0.5 + 0.2 * Math.tanh(x)),
  );
}

describe('binaryCrossEntropy of probabilities', () => {
  const loss = binaryCrossEntropy({ from: 'probabilities', reduction: 'sum', listTerms: true });

  it('is worked by hand', () => {
    const { terms, gradients } = loss({
      predictions: fromRows([[0.25, 0.75, 0.75]]),
      targets: fromRows([[1, 0, 0.5]]),
    });
    // log 4 twice, half of log(4/3) and half of log 4; (p - y) / (p (1 - p))
    expectClose(terms ?? [], [1.38629436, 1.38629436, 0.83698822], 1e-6);
    expectClose(gradients.predictions.data, [-4, 4, 4 / 3], 1e-6);
  });

  it('ends at 100 where a probability is 0 or 1, with slopes over 1e-12: torch has both', () => {
    const { terms, gradients, active } = loss({
      predictions: fromRows([[0, 1, 0, 1]]),
      targets: fromRows([[1, 0, 0, 1]]),
    });
    expectClose(terms ?? [], [100, 100, 0, 0], 0);
    expect(active).toBe(2);
    expectClose(gradients.predictions.data, Float32Array.of(-1e12, 1e12, 0, 0), 0);
  });

  it('has the logarithm of what is left of 1 to all digits', () => {
    const small = Float32Array.from({ length: 60 }, (_, e) => 10 ** (-e / 2 - 0.5));
    const { terms } = loss({ predictions: matrix(1, 60, small), targets: matrix(1, 60) });
    small.forEach((p, e) => expect((terms?.[e] ?? NaN) / -Math.log1p(-p)).toBeCloseTo(1, 6));
  });

  it('has the logarithm of a probability to all digits, down to the smallest there is', () => {
    const p = Float32Array.from({ length: 450 }, (_, e) => 0.9999 * 10 ** (-e / 10));
    const { terms } = loss({
      predictions: matrix(1, 450, p),
      targets: matrix(
        1,
        450,
        p.map(() => 1),
      ),
    });
    p.forEach((each, e) => expect((terms?.[e] ?? NaN) / -Math.max(Math.log(each), -100)).toBeCloseTo(1, 6));
  });

  it('is that of the logits the probabilities are sigmoids of', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        (rows, cols, seed) => {
          const logits = gaussian(rows, cols, seed, 1);
          const options = { positiveWeight: gaussian(1, cols, seed, 2).data.map(Math.abs) };
          const targets = shares(rows, cols, seed, 3);
          const predictions = matrix(
            rows,
            cols,
            logits.data.map((x) => 1 / (1 + Math.exp(-x))),
          );
          const room = () => ({ targets: noise(rows, cols) });
          const straight = binaryCrossEntropy(options)({ predictions: logits, targets }, room());
          const through = binaryCrossEntropy({ ...options, from: 'probabilities' })(
            { predictions, targets },
            room(),
          );
          expect(through.value).toBeCloseTo(straight.value, 5);
          const chained = through.gradients.predictions.data.map(
            (slope, e) => slope * predictions.data[e] * (1 - predictions.data[e]),
          );
          expectClose(chained, straight.gradients.predictions.data, 1e-5);
          expectClose(through.gradients.targets?.data ?? [], straight.gradients.targets?.data ?? [], 1e-5);
        },
      ),
    );
  });

  it('has the slopes of its value for gradients, of the targets too', () => {
    for (const from of ['logits', 'probabilities'] as const) {
      const given = binaryCrossEntropy({ from, positiveWeight: [1, 2, 0.5, 3] });
      const both = (batch: Targets) => given(batch, { targets: matrix(3, 4) });
      const predictions = from === 'logits' ? gaussian(3, 4, 1) : shares(3, 4, 1);
      const batch = { predictions, targets: shares(3, 4, 2), weights: shares(3, 4, 3) };
      expectGradient(both, batch, ['predictions', 'targets']);
      expectSignsMatter(both, batch, ['predictions', 'targets']);
    }
  });

  it('refuses what is no probability', () => {
    for (const value of [-0.5, 1.5, NaN]) {
      expect(() => loss({ predictions: fromRows([[0, value]]), targets: matrix(1, 2) })).toThrow(
        new RangeError(`binaryCrossEntropy: predictions row 0 must be in [0, 1], got ${value} in column 1`),
      );
    }
    // @ts-expect-error as a program in JavaScript may
    expect(() => binaryCrossEntropy({ from: 'odds' })).toThrow(
      new RangeError('binaryCrossEntropy: from must be logits or probabilities, got odds'),
    );
  });
});

describe('multiLabelSoftMargin', () => {
  const predictions = fromRows([
    [0, Math.log(3)],
    [-Math.log(3), 0],
  ]);
  const targets = fromRows([
    [1, 1],
    [0, 0.5],
  ]);

  it('is worked by hand: the mean over the classes, a term a row', () => {
    // log 2 and log(4/3), log(4/3) and log 2
    const { value, terms, active, gradients } = multiLabelSoftMargin()({ predictions, targets });
    expectClose(terms ?? [], [0.49041463, 0.49041463], 1e-6);
    expect(value).toBeCloseTo(0.49041463, 6);
    expect(active).toBe(2);
    // (σ - y) over the four of them
    expectClose(gradients.predictions.data, [-0.125, -0.0625, 0.0625, 0], 1e-7);
    expect(multiLabelSoftMargin({ reduction: 'sum' })({ predictions, targets }).value).toBeCloseTo(
      0.98082925,
      6,
    );
  });

  it('weighs each class', () => {
    const { terms, gradients } = multiLabelSoftMargin({ weight: [2, 4], reduction: 'sum' })({
      predictions,
      targets,
    });
    expectClose(terms ?? [], [Math.LN2 + 2 * 0.28768207, 0.28768207 + 2 * Math.LN2], 1e-6);
    expectClose(gradients.predictions.data, [-0.5, -0.5, 0.25, 0], 1e-6);
  });

  it('is the binary cross-entropy where classes weigh the same', () => {
    const batch = { predictions: gaussian(7, 5, 1), targets: shares(7, 5, 2) };
    const [ours, theirs] = [multiLabelSoftMargin()(batch), binaryCrossEntropy()(batch)];
    expect(ours.value).toBeCloseTo(theirs.value, 6);
    expectClose(ours.gradients.predictions.data, theirs.gradients.predictions.data, 1e-7);
  });

  it('has the slopes of its value for gradients, of the targets too', () => {
    const loss = multiLabelSoftMargin({ weight: [1, 2, 0.5], reduction: 'sum' });
    const both = (batch: Targets) => loss(batch, { targets: matrix(4, 3) });
    const batch = { predictions: gaussian(4, 3, 1), targets: shares(4, 3, 2) };
    expectGradient(both, batch, ['predictions', 'targets']);
    expectSignsMatter(both, batch, ['predictions', 'targets']);
  });

  it('is 0 where there are no rows or no classes', () => {
    for (const none of [matrix(0, 3), matrix(2, 0)]) {
      expect(multiLabelSoftMargin()({ predictions: none, targets: none })).toMatchObject({
        value: 0,
        active: 0,
      });
    }
  });

  it('refuses targets outside [0, 1] and weights of another length', () => {
    expect(() =>
      multiLabelSoftMargin()({
        predictions,
        targets: fromRows([
          [0, 1],
          [0, 2],
        ]),
      }),
    ).toThrow(new RangeError('multiLabelSoftMargin: targets row 1 must be in [0, 1], got 2 in column 1'));
    expect(() => multiLabelSoftMargin({ weight: [1] })({ predictions, targets })).toThrow(
      new RangeError('multiLabelSoftMargin: weight.length must be 2, got 1'),
    );
  });
});
