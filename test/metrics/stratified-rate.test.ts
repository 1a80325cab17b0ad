import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.ts';
import { stratifiedRate } from '../../src/metrics/stratified-rate.ts';

const of = (positive: number, judged: number, population = 1e9) => ({ population, judged, positive });

describe('stratifiedRate', () => {
  it.each([
    // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of one large stratum is Wilson’s interval: %d of %d', (positive, judged, low, high) => {
    const { rate, interval } = stratifiedRate([of(positive, judged)]);
    expect(rate).toBeCloseTo(positive / judged, 12);
    expect(interval).toEqual([expect.closeTo(low, 4), expect.closeTo(high, 4)]);
  });

  it('weighs each stratum by its population, not by its judgments', () => {
    const { rate } = stratifiedRate([of(20, 40, 1000), of(1, 100, 9000)]);
    expect(rate).toBeCloseTo(0.1 * 0.5 + 0.9 * 0.01, 12);
  });

  it('is certain of what is judged whole, and of nothing more', () => {
    expect(stratifiedRate([of(3, 10, 10), of(1, 5, 5)])).toEqual({
      rate: expect.closeTo(4 / 15, 12),
      interval: [expect.closeTo(4 / 15, 12), expect.closeTo(4 / 15, 12)],
    });
    expect(stratifiedRate([of(3, 10, 10), of(1, 5, 0)]).rate).toBeCloseTo(0.3, 12);
    const [low, high] = stratifiedRate([of(0, 10, 10), of(0, 10, 1000)]).interval;
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(0.2);
  });

  it('holds the true rate about 95 times in 100, rare ones in unequal strata too', () => {
    const strata = [
      { population: 2000, share: 0.3, judged: 60 },
      { population: 8000, share: 0.02, judged: 60 },
      { population: 90_000, share: 0.002, judged: 60 },
    ];
    const total = 100_000;
    const truth = strata.reduce((sum, { population, share }) => sum + (population / total) * share, 0);
    let held = 0;
    for (let t = 0; t < 1000; t++) {
      const { uniform } = random(11, t);
      const { interval } = stratifiedRate(
        strata.map(({ population, share, judged }) => ({
          population,
          judged,
          positive: Array.from({ length: judged }, uniform).filter((u) => u < share).length,
        })),
      );
      if (interval[0] <= truth && truth <= interval[1]) held++;
    }
    expect(held).toBeGreaterThan(930);
  });

  it('refuses strata it cannot speak of', () => {
    expect(() => stratifiedRate([of(0, 0)])).toThrow(
      'stratifiedRate: strata[0].judged must be a whole number >= 1, got 0',
    );
    expect(() => stratifiedRate([])).toThrow('stratifiedRate: strata must have a population, got none');
    expect(() => stratifiedRate([of(3, 2)])).toThrow('strata[0] must not have more positive than judged');
    expect(() => stratifiedRate([of(1, 5, 3)])).toThrow('strata[0] must not have more positive than judged');
  });
});
