import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import { linear } from '../../src/models/linear.ts';
import { lowRank } from '../../src/models/low-rank.ts';
import { mlp } from '../../src/models/mlp.ts';
import type { Model } from '../../src/models/model.ts';
import { stacked } from '../../src/models/stacked.ts';
import { unit } from '../../src/models/unit.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { expectClose, gaussian } from '../matrices.ts';
import { shaken, weightedModel } from './weighted.ts';

const MODELS: readonly (readonly [name: string, model: () => Model, to: number])[] = [
  ['orthogonal', () => linear({ from: 4, to: 3, start: 'orthogonal' }), 3],
  ['low-rank', () => lowRank({ dim: 4, rank: 2 }), 4],
  ['residual mlp with gelu', () => mlp({ from: 4, hidden: 5 }), 4],
  ['rectangular mlp with relu', () => mlp({ from: 4, to: 3, hidden: 6, activation: 'relu', seed: 2 }), 3],
  ['unit', () => unit, 4],
  ['stacked', () => stacked(lowRank({ dim: 4, rank: 1 }), unit, mlp({ from: 4, to: 2 })), 2],
];

describe.each(MODELS)('%s', (_, model, to) => {
  it('has the slopes of its output for gradients', () => {
    const made = shaken(model());
    const { input, loss } = weightedModel(made, gaussian(5, to, 2));
    const names = [...Object.keys(made.parameters), 'input'];
    expectGradient(loss, input(gaussian(5, 4, 1)), names);
    expectSignsMatter(loss, input(gaussian(5, 4, 1)), names);
  });

  it('takes no rows', () => {
    const { output, backward, inputGradient } = model().forward(matrix(0, 4));
    expect(output).toEqual(matrix(0, to));
    expect(inputGradient(matrix(0, to))).toEqual(matrix(0, 4));
    for (const gradient of Object.values(backward(matrix(0, to))))
      expect(gradient.data.every((slope) => slope === 0)).toBe(true);
  });

  it('leaves its input as it was', () => {
    const input = gaussian(5, 4, 1);
    const { backward, inputGradient } = shaken(model()).forward(input);
    const upstream = gaussian(5, to, 2);
    backward(upstream);
    inputGradient(upstream);
    expect(input).toEqual(gaussian(5, 4, 1));
    expect(upstream).toEqual(gaussian(5, to, 2));
  });
});

/** M Mᵀ. */
function products({ rows, cols, data }: Matrix): number[][] {
  const at = (i: number) => Array.from(data.subarray(i * cols, (i + 1) * cols));
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: rows }, (_, j) => at(i).reduce((sum, entry, k) => sum + entry * at(j)[k], 0)),
  );
}

describe('the orthogonal start', () => {
  const turn = (from: number, to: number): Matrix =>
    linear({ from, to, start: 'orthogonal', seed: 4 }).parameters.weights;

  it.each([
    [6, 6],
    [5, 9],
  ])('keeps the products of rows, %i to %i', (from, to) => {
    const rows = gaussian(7, from, 3);
    const { output } = linear({ from, to, start: 'orthogonal', seed: 4 }).forward(rows);
    expectClose(products(output).flat(), products(rows).flat(), 1e-6);
  });

  it('has columns of length 1 at right angles where it drops some', () => {
    const weights = turn(9, 5);
    const columns = matrix(
      5,
      9,
      Float32Array.from({ length: 45 }, (_, e) => weights.data[(e % 9) * 5 + Math.floor(e / 9)]),
    );
    const identity = Array.from({ length: 25 }, (_, e) => Number(e % 6 === 0));
    expectClose(products(columns).flat(), identity, 1e-6);
  });

  it('is another from another seed', () => {
    expect(turn(5, 5)).not.toEqual(linear({ from: 5, to: 5, start: 'orthogonal' }).parameters.weights);
  });
});

describe('lowRank', () => {
  it('adds two narrow products, by hand', () => {
    const model = lowRank({ dim: 2, rank: 1 });
    model.parameters.down.data.set([1, 2]);
    model.parameters.up.data.set([10, 20]);
    // (3, 4) → 3 + 8 = 11 → (110, 220)
    expect(model.forward(fromRows([[3, 4]])).output).toEqual(fromRows([[113, 224]]));
  });

  it('begins as the identity', () => {
    const rows = gaussian(5, 8, 1);
    expect(lowRank({ dim: 8 }).forward(rows).output).toEqual(rows);
  });

  it('refuses sides that are not whole numbers >= 1', () => {
    expect(() => lowRank({ dim: 2, rank: 0 })).toThrow(
      new RangeError('lowRank: rank must be a whole number >= 1, got 0'),
    );
    expect(() => lowRank({ dim: 2 }).forward(matrix(1, 3))).toThrow(
      new RangeError('lowRank: input.cols must be 2, got 3'),
    );
  });
});

describe('mlp', () => {
  it('bends between two layers, by hand', () => {
    const model = mlp({ from: 2, to: 1, hidden: 2, activation: 'relu' });
    const { inner, innerBias, outer, outerBias } = model.parameters;
    inner.data.set([1, -1, 1, 1]);
    innerBias.data.set([0.5, -1]);
    outer.data.set([10, 100]);
    outerBias.data.set([7]);
    // (2, 1): (3.5, -2) → (3.5, 0) → 35 + 7; (0, 3): (3.5, 2) → 235 + 7
    const { output } = model.forward(
      fromRows([
        [2, 1],
        [0, 3],
      ]),
    );
    expect(output).toEqual(fromRows([[42], [242]]));
  });

  it('begins as the identity with a residual', () => {
    const rows = gaussian(5, 8, 1);
    expect(mlp({ from: 8, hidden: 3 }).forward(rows).output).toEqual(rows);
  });

  it('begins otherwise with a variance near that of its input', () => {
    const { data } = mlp({ from: 64, to: 64, hidden: 512, activation: 'relu', residual: false }).forward(
      gaussian(200, 64, 1),
    ).output;
    const variance = data.reduce((sum, entry) => sum + entry ** 2, 0) / data.length;
    expect(variance).toBeGreaterThan(0.8);
    expect(variance).toBeLessThan(1.2);
  });

  it('refuses a residual between different widths, and other activations', () => {
    expect(() => mlp({ from: 2, to: 3, residual: true })).toThrow(
      new RangeError('mlp: to must be 2 with a residual, got 3'),
    );
    const activation: string = 'tanh';
    expect(() => Reflect.apply(mlp, undefined, [{ from: 2, activation }])).toThrow(
      new RangeError('mlp: activation must be gelu or relu, got tanh'),
    );
  });
});

describe('stacked', () => {
  it('names parameters by the places of the models', () => {
    const { parameters } = stacked(linear({ from: 2, to: 3 }), unit, linear({ from: 3, to: 1 }));
    expect(Object.keys(parameters)).toEqual(['0.weights', '2.weights']);
  });

  it('is the rows themselves of no models', () => {
    const rows = gaussian(2, 3, 1);
    expect(stacked().forward(rows).output).toBe(rows);
  });
});

describe('unit', () => {
  it('brings rows to length 1, and leaves a zero row zero', () => {
    const { output, inputGradient } = unit.forward(
      fromRows([
        [3, 4],
        [0, 0],
      ]),
    );
    expectClose(output.data, [0.6, 0.8, 0, 0], 1e-7);
    // (1, 1) along (0.6, 0.8) is 1.4: (1 - 0.84, 1 - 1.12) / 5
    const upstream = fromRows([
      [1, 1],
      [1, 1],
    ]);
    expectClose(inputGradient(upstream).data, [0.032, -0.024, 0, 0], 1e-7);
  });
});
