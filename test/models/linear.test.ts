import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import { linear } from '../../src/models/linear.ts';
import type { Model } from '../../src/models/model.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { gaussian } from '../matrices.ts';

/** A weighted sum of a model's outputs. */
const weightedBy =
  (weights: Matrix, { forward }: Model) =>
  ({ input }: { input: Matrix; weights: Matrix }) => {
    const { output, backward, inputGradient } = forward(input);
    const value = output.data.reduce((sum, entry, e) => sum + entry * weights.data[e], 0);
    return { value, gradients: { weights: backward(weights).weights, input: inputGradient(weights) } };
  };

const weights = (seed?: number) => linear({ from: 3, to: 2, seed }).parameters.weights;

describe('linear', () => {
  it('multiplies each row by its weights', () => {
    const model = linear({ from: 2, to: 3 });
    model.parameters.weights.data.set([1, 2, 3, 10, 20, 30]);
    const { output } = model.forward(
      fromRows([
        [1, 0],
        [2, -1],
        [0, 0],
      ]),
    );
    expect(output).toEqual(
      fromRows([
        [1, 2, 3],
        [-8, -16, -24],
        [0, 0, 0],
      ]),
    );
  });

  it('has by hand the gradients of its weights and of its input', () => {
    const model = linear({ from: 2, to: 3 });
    model.parameters.weights.data.set([1, 2, 3, 10, 20, 30]);
    const { backward, inputGradient } = model.forward(
      fromRows([
        [1, 0],
        [2, -1],
      ]),
    );
    const upstream = fromRows([
      [1, 1, 1],
      [0, 5, 0],
    ]);
    expect(backward(upstream)).toEqual({
      weights: fromRows([
        [1, 11, 1],
        [0, -5, 0],
      ]),
    });
    expect(inputGradient(upstream)).toEqual(
      fromRows([
        [6, 60],
        [10, 100],
      ]),
    );
  });

  it('has the slopes of its output for gradients', () => {
    const model = linear({ from: 4, to: 3, seed: 1 });
    const input = { input: gaussian(5, 4, 1), weights: model.parameters.weights };
    expectGradient(weightedBy(gaussian(5, 3, 2), model), input, ['weights', 'input']);
    expectSignsMatter(weightedBy(gaussian(5, 3, 2), model), input, ['weights', 'input']);
  });

  it('takes no rows', () => {
    const { output, backward } = linear({ from: 4, to: 3 }).forward(matrix(0, 4));
    expect(output).toEqual(matrix(0, 3));
    expect(backward(matrix(0, 3))).toEqual({ weights: matrix(4, 3) });
  });

  it('begins, as the identity, with the inputs themselves, cut or padded', () => {
    const input = fromRows([[1, 2, 3]]);
    expect(linear({ from: 3, to: 3, start: 'identity' }).forward(input).output).toEqual(input);
    expect(linear({ from: 3, to: 2, start: 'identity' }).forward(input).output).toEqual(fromRows([[1, 2]]));
    expect(linear({ from: 3, to: 4, start: 'identity' }).forward(input).output).toEqual(
      fromRows([[1, 2, 3, 0]]),
    );
  });

  it('begins at random with mean 0 and variance 1 / from', () => {
    const { data } = linear({ from: 100, to: 200, seed: 3 }).parameters.weights;
    const mean = data.reduce((sum, entry) => sum + entry, 0) / data.length;
    const variance = data.reduce((sum, entry) => sum + entry * entry, 0) / data.length;
    // six standard errors of 20 000 draws
    expect(Math.abs(mean)).toBeLessThan((6 * 0.1) / Math.sqrt(20_000));
    expect(Math.abs(variance - 0.01)).toBeLessThan(6 * 0.01 * Math.sqrt(2 / 20_000));
  });

  it('begins the same from the same seed, and otherwise from another', () => {
    expect(weights(5)).toEqual(weights(5));
    expect(weights(5)).not.toEqual(weights(6));
    expect(weights()).toEqual(weights(0));
  });

  it('refuses sides that are not whole numbers >= 1', () => {
    expect(() => linear({ from: 0, to: 2 })).toThrow(
      new RangeError('linear: from must be a whole number >= 1, got 0'),
    );
    expect(() => linear({ from: 2, to: 1.5 })).toThrow(
      new RangeError('linear: to must be a whole number >= 1, got 1.5'),
    );
  });

  it('refuses an input of another width', () => {
    expect(() => linear({ from: 3, to: 2 }).forward(matrix(5, 4))).toThrow(
      new RangeError('linear: input.cols must be 3, got 4'),
    );
  });
});
