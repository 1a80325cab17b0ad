import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { random } from '../../src/core/random.ts';
import { fitPlatt, plattProbabilities } from '../../src/metrics/platt.ts';

describe('fitPlatt', () => {
  it('gives each of two groups the mean of its targets, which is where its log loss is least', () => {
    // of x = 0 one in 4 is a 1, of x = 2 two in 3; targets are 4/5 (three ones) and 1/6 (four zeros)
    const features = fromRows([[0], [0], [0], [0], [2], [2], [2]]);
    const outcomes = [1, 0, 0, 0, 1, 1, 0];
    const p = plattProbabilities(features, fitPlatt(features, outcomes));
    expect(p[0]).toBeCloseTo((4 / 5 + 3 / 6) / 4, 7);
    expect(p[6]).toBeCloseTo((2 * (4 / 5) + 1 / 6) / 3, 7);
  });

  it('finds the weights that outcomes were drawn by', () => {
    const { normal, uniform } = random(7);
    const rows = Array.from({ length: 20_000 }, () => [normal(), 5 + 2 * normal()]);
    const outcomes = rows.map(([x, y]) => Number(uniform() < 1 / (1 + Math.exp(-(1.5 * x - 0.5 * y + 2)))));
    const { weights, bias } = fitPlatt(fromRows(rows), outcomes);
    expect(weights[0]).toBeCloseTo(1.5, 1);
    expect(weights[1]).toBeCloseTo(-0.5, 1);
    expect(bias).toBeCloseTo(2, 0);
  });

  it('stays finite where a threshold tells all apart, and where a column says nothing', () => {
    const features = fromRows([
      [1, 3],
      [2, 3],
      [1000, 3],
      [1001, 3],
    ]);
    const scaling = fitPlatt(features, [0, 0, 1, 1]);
    expect([...scaling.weights, scaling.bias].every(Number.isFinite)).toBe(true);
    // three and four quarters: (ones + 1) / (ones + 2), 1 / (zeros + 2)
    const p = plattProbabilities(features, scaling);
    expect(p[0]).toBeCloseTo(0.25, 2);
    expect(p[3]).toBeCloseTo(0.75, 2);
  });

  it('says the share of ones where there is nothing else to say', () => {
    const features = fromRows([[0], [0], [0]]);
    const p = plattProbabilities(features, fitPlatt(features, [1, 0, 0]));
    expect(p[1]).toBeCloseTo((2 / 3 + 2 / 4) / 3, 7);
  });

  it.each([
    [[[0]], [2], /^fitPlatt: labels\[0\] must be 0 or 1, got 2/],
    [[[0]], [1, 0], /^fitPlatt: outcomes.length must be 1, got 2/],
    [[[NaN]], [1], /^fitPlatt: features row 0 must be finite, got NaN in column 0/],
    [[], [], /^fitPlatt: features must have rows, got none/],
  ])('refuses %j with outcomes %j', (rows, outcomes, sentence) => {
    expect(() => fitPlatt(fromRows(rows), outcomes)).toThrow(sentence);
  });
});
