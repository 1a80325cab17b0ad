import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { crossEntropy } from '../../src/losses/classification/cross-entropy.ts';
import { brier, brierOfLogits } from '../../src/metrics/brier.ts';
import { calibrationError } from '../../src/metrics/calibration-error.ts';
import { fitTemperature } from '../../src/metrics/fit-temperature.ts';
import { logLoss, logLossOfLogits } from '../../src/metrics/log-loss.ts';
import { mean } from '../../src/metrics/mean.ts';
import { reliability } from '../../src/metrics/reliability.ts';
import { topLabel } from '../../src/metrics/top-label.ts';
import { gaussian, scaled } from '../matrices.ts';

const outcomes = fc.array(
  fc.record({
    p: fc.integer({ min: 0, max: 16 }).map((x) => x / 16),
    outcome: fc.integer({ min: 0, max: 1 }),
  }),
  { minLength: 1, maxLength: 60 },
);

describe('reliability', () => {
  it('has the mean probability and the share of ones of each bin that has rows', () => {
    const { predicted, observed, counts } = reliability([0.1, 0.2, 0.9, 0.7], [0, 1, 1, 1], { bins: 4 });
    expect([...counts]).toEqual([2, 1, 1]);
    expect([...observed]).toEqual([0.5, 1, 1]);
    expect(predicted[0]).toBeCloseTo(0.15, 12);
    expect([...predicted.subarray(1)]).toEqual([0.7, 0.9]);
  });

  it('puts an edge into the bin below it or above it, and 1 above all others', () => {
    const rows = [[0, 0.25, 0.5, 1], [0, 0, 1, 1]] as const; // prettier-ignore
    expect([...reliability(...rows, { bins: 4 }).counts]).toEqual([2, 1, 1]);
    expect([...reliability(...rows, { bins: 4, edge: 'upper' }).counts]).toEqual([1, 1, 1, 1]);
    expect([...reliability([0.9, 1], [1, 1], { bins: 4 }).counts]).toEqual([2]);
    expect([...reliability([0.9, 1], [1, 1], { bins: 4, edge: 'upper' }).counts]).toEqual([1, 1]);
  });

  it('divides rows evenly by quantiles', () => {
    const probabilities = Float64Array.from({ length: 12 }, (_, i) => (i / 12) ** 3);
    const { counts } = reliability(probabilities, new Uint8Array(12), { bins: 4, strategy: 'quantile' });
    expect([...counts]).toEqual([3, 3, 3, 3]);
  });

  it('keeps every row, and their means', () => {
    fc.assert(
      fc.property(
        outcomes,
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('lower' as const, 'upper' as const),
        fc.constantFrom('uniform' as const, 'quantile' as const),
        (rows, bins, edge, strategy) => {
          const [p, came] = [rows.map((row) => row.p), rows.map(({ outcome }) => outcome)];
          const { predicted, observed, counts } = reliability(p, came, { bins, edge, strategy });
          expect(counts.length).toBeLessThanOrEqual(bins + 1);
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows.length);
          const whole = (means: Float64Array) =>
            means.reduce((sum, each, b) => sum + each * counts[b], 0) / rows.length;
          expect(whole(predicted)).toBeCloseTo(mean(p), 12);
          expect(whole(observed)).toBeCloseTo(mean(came), 12);
          expect([...predicted]).toEqual([...predicted].sort((a, b) => a - b));
        },
      ),
    );
  });

  it('has no bins without rows', () => {
    expect(reliability([], []).counts).toHaveLength(0);
  });

  it('refuses what is no probability, and no bins', () => {
    expect(() => reliability([1.5], [1])).toThrow(
      new RangeError('reliability: probabilities[0] must be in [0, 1], got 1.5'),
    );
    expect(() => reliability([NaN], [1])).toThrow(
      new RangeError('reliability: probabilities[0] must be in [0, 1], got NaN'),
    );
    expect(() => reliability([0.5], [2])).toThrow(
      new RangeError('reliability: outcomes[0] must be 0 or 1, got 2'),
    );
    expect(() => reliability([0.5], [1], { bins: 0 })).toThrow(
      new RangeError('reliability: bins must be a whole number >= 1, got 0'),
    );
  });
});

describe('calibrationError', () => {
  // two bins: of 3 rows at 0.25 on average none came, of 1 row at 0.75 it came
  const [probabilities, came] = [[0.15, 0.25, 0.35, 0.75], [0, 0, 0, 1]] as const; // prettier-ignore

  it('is the mean gap by rows, the root of the mean square, or the largest', () => {
    const error = (norm: 'mean' | 'rootMeanSquare' | 'max') =>
      calibrationError(probabilities, came, { bins: 2, norm });
    expect(error('mean')).toBeCloseTo(0.25, 12);
    expect(error('rootMeanSquare')).toBeCloseTo(0.25, 12);
    expect(error('max')).toBeCloseTo(0.25, 12);
    const four = { bins: 4, norm: 'max' } as const;
    // (0.25, 0.5] has 0.35 alone
    expect(calibrationError(probabilities, came, four)).toBeCloseTo(0.35, 12);
    expect(calibrationError(probabilities, came, { bins: 4 })).toBeCloseTo((2 * 0.2 + 0.35 + 0.25) / 4, 12);
    expect(calibrationError(probabilities, came, { ...four, norm: 'rootMeanSquare' })).toBeCloseTo(
      Math.sqrt((2 * 0.2 ** 2 + 0.35 ** 2 + 0.25 ** 2) / 4),
      12,
    );
  });

  it('is 0 where as many came as was said', () => {
    expect(calibrationError([0.25, 0.25, 0.25, 0.25], [0, 1, 0, 0])).toBe(0);
  });

  it('is not defined of no rows', () => {
    expect(calibrationError([], [])).toBeNaN();
  });
});

describe('brier', () => {
  it('is the squared gap of each row', () => {
    expect([...brier([0.25, 0.25, 1], [0, 1, 1])]).toEqual([0.0625, 0.5625, 0]);
  });

  it('of two logits is half of what it is by class', () => {
    const logits = gaussian(20, 2, 1);
    const labels = Int32Array.from({ length: 20 }, (_, i) => i % 2);
    const probabilities = Float64Array.from({ length: 20 }, (_, i) => {
      const [zero, one] = logits.data.subarray(2 * i);
      return 1 / (1 + Math.exp(zero - one));
    });
    const halves = brier(probabilities, labels);
    brierOfLogits(logits, labels).forEach((whole, i) => expect(whole).toBeCloseTo(2 * halves[i], 12));
  });
});

describe('logLoss', () => {
  it('is minus the logarithm of what was said of the outcome', () => {
    const [zero, one] = logLoss([0.25, 0.25], [0, 1]);
    expect(zero).toBeCloseTo(-Math.log(0.75), 12);
    expect(one).toBeCloseTo(Math.log(4), 12);
  });

  it('of a certain mistake is 52 log 2', () => {
    const [no, yes] = logLoss([1, 0], [0, 1]);
    expect(no).toBeCloseTo(52 * Math.LN2, 10);
    expect(yes).toBeCloseTo(52 * Math.LN2, 10);
  });

  it('of logits is the cross-entropy, and large logits are no matter', () => {
    const logits = gaussian(12, 5, 2);
    const labels = Int32Array.from({ length: 12 }, (_, i) => i % 5);
    expect(mean(logLossOfLogits(logits, labels))).toBeCloseTo(crossEntropy()({ logits, labels }).value, 6);
    expect([...logLossOfLogits(fromRows([[1e30, -1e30]]), [1])]).toEqual([2 * Math.fround(1e30)]);
  });
});

describe('topLabel', () => {
  it('is how sure the likeliest class is, and whether it is right', () => {
    const logits = fromRows([
      [0, Math.log(3)],
      [0, 0],
    ]);
    const { confidences, correct } = topLabel(logits, [1, 1]);
    expect(confidences[0]).toBeCloseTo(0.75, 7);
    expect(confidences[1]).toBe(0.5);
    expect([...correct]).toEqual([1, 0]);
  });

  it('is as sure at a temperature as of logits divided by it', () => {
    const logits = gaussian(9, 4, 3);
    const labels = new Int32Array(9);
    const warm = topLabel(logits, labels, { temperature: 4 });
    const divided = topLabel(scaled(logits, 0.25), labels);
    warm.confidences.forEach((each, i) => expect(each).toBeCloseTo(divided.confidences[i], 12));
    expect(warm.correct).toEqual(topLabel(logits, labels).correct);
  });

  it('refuses labels that are no class', () => {
    expect(() => topLabel(gaussian(1, 2, 4), [2])).toThrow(
      new RangeError('topLabel: labels[0] must be a class in [0, 2), got 2'),
    );
  });
});

describe('fitTemperature', () => {
  /** Of two logits 0 and x, right in three rows of four: the probability of ¾ is that of x / T = log 3. */
  const given = (x: number) => [fromRows([[0, x], [0, x], [0, x], [0, x]]), [1, 1, 1, 0]] as const; // prettier-ignore

  it('makes a model as sure as it is right', () => {
    expect(fitTemperature(...given(8))).toBeCloseTo(8 / Math.log(3), 6);
    expect(fitTemperature(...given(0.5))).toBeCloseTo(0.5 / Math.log(3), 6);
  });

  it('has the least log loss', () => {
    const logits = scaled(gaussian(200, 3, 5), 4);
    const labels = Int32Array.from({ length: 200 }, (_, i) =>
      i % 3 === 0
        ? i % 2
        : logits.data.subarray(3 * i, 3 * i + 3).indexOf(Math.max(...logits.data.subarray(3 * i, 3 * i + 3))),
    );
    const temperature = fitTemperature(logits, labels);
    const loss = (t: number) => mean(logLossOfLogits(scaled(logits, 1 / t), labels));
    expect(temperature).toBeGreaterThan(1);
    expect(loss(temperature)).toBeLessThan(loss(0.95 * temperature));
    expect(loss(temperature)).toBeLessThan(loss(1.05 * temperature));
    expect(fitTemperature(scaled(logits, 2), labels)).toBeCloseTo(2 * temperature, 5);
  });

  it('ends where the loss falls on and on', () => {
    expect(fitTemperature(fromRows([[3, 1]]), [0])).toBe(0.01);
    expect(fitTemperature(fromRows([[3, 1]]), [1])).toBe(100);
  });

  it('refuses no rows', () => {
    expect(() => fitTemperature(fromRows([]), [])).toThrow(
      new RangeError('fitTemperature: logits must have rows, got none'),
    );
  });
});
