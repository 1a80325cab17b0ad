import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.ts';
import { bootstrap } from '../../src/metrics/bootstrap.ts';

/** The interval from all resamples there are: as many groups drawn as there are, each way equally likely. */
function enumerated(groups: readonly (readonly number[])[], level: number): readonly [number, number] {
  let draws: number[][] = [[]];
  for (let draw = 0; draw < groups.length; draw++) {
    draws = draws.flatMap((values) => groups.map((group) => [...values, ...group]));
  }
  const means = draws
    .map((values) => values.reduce((sum, value) => sum + value, 0) / values.length)
    .sort((a, b) => a - b);
  const at = (share: number): number => means[Math.floor(share * means.length)];
  return [at((1 - level) / 2), at((1 + level) / 2)];
}

const normals = (count: number, seed: number): number[] => {
  const { normal } = random(4, seed);
  return Array.from({ length: count }, normal);
};

const width = ([low, high]: readonly [number, number]) => high - low;

const close = (interval: readonly [number, number]) => interval.map((end) => expect.closeTo(end, 10));

describe('bootstrap', () => {
  // of {0, 1, 5}, 27 resamples have the sums 0 (one), 1 (three), 2 (three), 3 (one), … 10 (three), 11 (three), 15 (one)
  it.each([
    [0.95, 0, 15 / 3],
    [0.8, 1 / 3, 11 / 3],
    [0.6, 2 / 3, 10 / 3],
  ])('is the interval that all 27 resamples of three values have at %d', (level, low, high) => {
    expect(enumerated([[0], [1], [5]], level)).toEqual([low, high]);
    expect(bootstrap([0, 1, 5], { level, resamples: 40_000 })).toEqual(close([low, high]));
  });

  // A = {1, 2} and B = {10}: AA has the mean 1.5, AB and BA 13 / 3, BB 10
  it.each([
    [0.4, 13 / 3, 13 / 3],
    [0.6, 1.5, 10],
  ])('draws groups whole, and weighs them by their values, at %d', (level, low, high) => {
    expect(enumerated([[1, 2], [10]], level)).toEqual([low, high]);
    expect(bootstrap([1, 10, 2], { groups: [7, -3, 7], level, resamples: 40_000 })).toEqual(
      close([low, high]),
    );
  });

  it.each([0.3, 0.55, 0.9])('is the interval that all resamples of three groups have at %d', (level) => {
    const expected = enumerated([[1, 4, 1], [0], [9, 2]], level);
    expect(bootstrap([1, 4, 1, 0, 9, 2], { groups: [0, 0, 0, 1, 2, 2], level, resamples: 60_000 })).toEqual(
      close(expected),
    );
  });

  it('takes each value for a group of its own where it is given none', () => {
    const values = normals(20, 1);
    expect(bootstrap(values)).toEqual(bootstrap(values, { groups: [...values.keys()] }));
  });

  it('holds the mean of a normal in about 19 of 20 samples', () => {
    let held = 0;
    for (let sample = 0; sample < 400; sample++) {
      const [low, high] = bootstrap(normals(40, sample), { resamples: 500, seed: sample });
      if (low <= 0 && high >= 0) held++;
    }
    // percentile intervals of 40 values hold a little less than 95 %; four standard errors are 4.4 %
    expect(held / 400).toBeGreaterThan(0.89);
    expect(held / 400).toBeLessThan(0.985);
  });

  it('is as wide as the normal interval of the mean', () => {
    const values = normals(1000, 5);
    const mean = values.reduce((sum, value) => sum + value, 0) / 1000;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 1000);
    const [low, high] = bootstrap(values, { resamples: 4000 });
    const half = (1.96 * deviation) / Math.sqrt(1000);
    expect((low - mean) / half).toBeCloseTo(-1, 1);
    expect((high - mean) / half).toBeCloseTo(1, 1);
  });

  it('is √5 times as wide where five values of a group always come alike', () => {
    const values = normals(60, 9).flatMap((value) => Array.from({ length: 5 }, () => value));
    const groups = values.map((_, i) => Math.floor(i / 5));
    const ratio = width(bootstrap(values, { groups })) / width(bootstrap(values));
    expect(ratio / Math.sqrt(5)).toBeCloseTo(1, 1);
  });

  it('is the same for the same seed and another for another', () => {
    const values = normals(30, 2);
    expect(bootstrap(values, { seed: 3 })).toEqual(bootstrap(values, { seed: 3 }));
    expect(bootstrap(values, { seed: 3 })).not.toEqual(bootstrap(values, { seed: 4 }));
  });

  it('makes the same draws for every metric of the same queries', () => {
    const values = normals(30, 2);
    const [low, high] = bootstrap(values);
    expect(bootstrap(values.map((value) => 10 - 2 * value))).toEqual(close([10 - 2 * high, 10 - 2 * low]));
  });

  it('of one group is its mean twice, of no values not a number', () => {
    expect(bootstrap([1, 2, 6], { groups: [4, 4, 4] })).toEqual([3, 3]);
    expect(bootstrap([7])).toEqual([7, 7]);
    expect(bootstrap([])).toEqual([NaN, NaN]);
  });

  it('refuses groups of another number, no resamples and levels that are none', () => {
    expect(() => bootstrap([1, 2], { groups: [1] })).toThrow(
      new RangeError('bootstrap: groups.length must be 2, got 1'),
    );
    expect(() => bootstrap([1], { resamples: 0 })).toThrow(
      new RangeError('bootstrap: resamples must be a whole number >= 1, got 0'),
    );
    for (const level of [0, 1, 95, NaN]) {
      expect(() => bootstrap([1], { level })).toThrow(
        new RangeError(`bootstrap: level must be a number in (0, 1), got ${level}`),
      );
    }
  });
});
