import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix } from '../../../src/core/matrix.ts';
import { plain } from '../../../src/kernels/plain/plain.ts';
import { expectClose } from '../../matrices.ts';

const usual = { rate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01 };
const one = (value: number) => matrix(1, 1, Float32Array.of(value));

describe('adamW, by hand', () => {
  it('takes its first two steps', () => {
    const [parameter, moments] = [one(1), { mean: one(0), square: one(0) }];
    // both corrected moments are the slope's own: a step of 0.1 · (1 + 0.01)
    plain.adamW(parameter, one(0.5), moments, { ...usual, step: 1 });
    expectClose(
      [parameter.data[0], moments.mean.data[0], moments.square.data[0]],
      [0.899, 0.05, 0.00025],
      1e-7,
    );
    // mean 0.9 · 0.05 - 0.025 = 0.02, over 0.19; square 0.999 · 0.00025 + 0.0000625 = 0.00031225, over 0.001999:
    // 0.10526316 / 0.39522539 = 0.26633704, and 0.01 · 0.899 for the decay
    plain.adamW(parameter, one(-0.25), moments, { ...usual, step: 2 });
    expectClose(
      [parameter.data[0], moments.mean.data[0], moments.square.data[0]],
      [0.8714673, 0.02, 0.00031225],
      1e-7,
    );
  });

  it('decays by the rate alone, not by the slope', () => {
    const parameter = one(3);
    plain.adamW(parameter, one(0), { mean: one(0), square: one(0) }, { ...usual, decay: 0.5, step: 1 });
    expect(parameter.data[0]).toBeCloseTo(3 * (1 - 0.1 * 0.5), 6);
  });
});

describe('adamW', () => {
  it('divides by weighted means of all slopes so far and of their squares', () => {
    const slopes = fc.array(fc.double({ min: -3, max: 3, noNaN: true }).map(Math.fround), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        slopes,
        fc.constantFrom(0, 0.5, 0.9),
        fc.constantFrom(0, 0.9, 0.99),
        (given, beta1, beta2) => {
          const [parameter, moments] = [one(0.7), { mean: one(0), square: one(0) }];
          let expected = parameter.data[0];
          given.forEach((slope, t) => {
            plain.adamW(parameter, one(slope), moments, {
              ...usual,
              beta1,
              beta2,
              epsilon: 1e-3,
              step: t + 1,
            });
            const soFar = given.slice(0, t + 1);
            const move =
              recentMean(soFar, beta1) /
              (Math.sqrt(
                recentMean(
                  soFar.map((s) => s * s),
                  beta2,
                ),
              ) +
                1e-3);
            expected -= 0.1 * (move + 0.01 * expected);
          });
          expectClose(parameter.data, [expected], 1e-5);
        },
      ),
    );
  });

  it('moves the entries of a matrix one by one', () => {
    const parameter = matrix(2, 2, Float32Array.of(1, 2, 3, 4));
    const moments = { mean: matrix(2, 2), square: matrix(2, 2) };
    const gradient = matrix(2, 2, Float32Array.of(5, -0.1, 0, 1000));
    plain.adamW(parameter, gradient, moments, { ...usual, decay: 0, step: 1 });
    // of whatever size, a first slope moves by the rate against its sign
    expectClose(parameter.data, [0.9, 2.1, 3, 3.9], 1e-6);
    expect(gradient.data).toEqual(Float32Array.of(5, -0.1, 0, 1000));
  });
});

/** The mean with weight 1 on the last value, beta on the one before, beta² on the one before that. */
function recentMean(values: readonly number[], beta: number): number {
  const weights = values.map((_, i) => beta ** (values.length - 1 - i));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return values.reduce((sum, value, i) => sum + value * weights[i], 0) / total;
}
