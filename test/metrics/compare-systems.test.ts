import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.ts';
import { bootstrap } from '../../src/metrics/bootstrap.ts';
import { compareSystems } from '../../src/metrics/compare-systems.ts';
import { holm } from '../../src/metrics/holm.ts';
import { pairedBootstrap } from '../../src/metrics/paired-bootstrap.ts';
import { randomizationTest } from '../../src/metrics/randomization-test.ts';

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

/** Darwin's maize, crossed less self-fertilized, in eighths of an inch. */
const MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

/** p from every assignment of signs to whole groups, by recursion. */
function everySign(differences: readonly number[], groups: readonly number[]): number {
  const sums = [...new Set(groups)].map((group) =>
    differences.reduce((sum, value, i) => sum + (groups[i] === group ? value : 0), 0),
  );
  const totals = sums.reduce<number[]>(
    (found, sum) => [...found.map((total) => total + sum), ...found.map((total) => total - sum)],
    [0],
  );
  return totals.filter((total) => Math.abs(total) >= Math.abs(totals[0])).length / totals.length;
}

describe('randomizationTest', () => {
  it("is Fisher's own p of Darwin's maize, 1726 of 32768", () => {
    expect(randomizationTest(MAIZE, zeros(15), { resamples: 2 ** 15 })).toBe(1726 / 32768);
  });

  it("is what SciPy's permutation_test gives of ten queries, 38 of 1024", () => {
    const after = [0.31, 0.5, 0.12, 0.9, 0.44, 0.27, 0.68, 0.05, 0.33, 0.71];
    const before = [0.25, 0.52, 0.1, 0.75, 0.4, 0.3, 0.51, 0.06, 0.2, 0.64];
    expect(randomizationTest(after, before)).toBe(38 / 1024);
    expect(randomizationTest(before, after)).toBe(38 / 1024);
  });

  it('comes to the exact p where it draws', () => {
    const p = randomizationTest(MAIZE, zeros(15), { resamples: 30_000, seed: 3 });
    // four standard deviations of a share of 30,000
    expect(Math.abs(p - 1726 / 32768)).toBeLessThan(4 * Math.sqrt((0.0527 * 0.9473) / 30_000));
    expect(p).not.toBe(randomizationTest(MAIZE, zeros(15), { resamples: 30_000, seed: 4 }));
    expect(p).toBe(randomizationTest(MAIZE, zeros(15), { resamples: 30_000, seed: 3 }));
  });

  it('is never 0: of 40 queries that all gain it is 1 in as many as were drawn and one', () => {
    const gains = Array.from({ length: 40 }, (_, i) => 1 + i);
    expect(randomizationTest(gains, zeros(40), { resamples: 999 })).toBe(1 / 1000);
  });

  it('changes sides of a group whole, as all assignments counted one by one do', () => {
    const differences = fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.nat(4)), { minLength: 1 });
    fc.assert(
      fc.property(differences, (pairs) => {
        const [values, groups] = [pairs.map(([value]) => value), pairs.map(([, group]) => group)];
        expect(randomizationTest(values, zeros(values.length), { groups })).toBe(everySign(values, groups));
      }),
    );
  });

  it('takes sums that differ by rounding for equal', () => {
    // .1 + .2 - .3 is not 0 in doubles; |sum| is 0 of four of eight, and so all are as large
    expect(randomizationTest([0.1, 0.2, 0], [0, 0, 0.3])).toBe(1);
  });

  it('is 1 where no query differs, and of none', () => {
    expect(randomizationTest([1, 2], [1, 2])).toBe(1);
    expect(randomizationTest([], [])).toBe(1);
  });

  it('has its level: of systems that differ by chance alone one in twenty is below .05', () => {
    const { normal } = random(17);
    let below = 0;
    for (let trial = 0; trial < 400; trial++) {
      const values = Array.from({ length: 30 }, normal);
      if (randomizationTest(values, zeros(30), { resamples: 199, seed: trial }) <= 0.05) below++;
    }
    // 20 are expected, with a standard deviation of 4.4
    expect(below).toBeGreaterThan(5);
    expect(below).toBeLessThan(36);
  });

  it('refuses lengths that differ, values that are not finite and no resamples', () => {
    expect(() => randomizationTest([1], [1, 2])).toThrow(
      new RangeError('randomizationTest: before.length must be 1, got 2'),
    );
    expect(() => randomizationTest([1, NaN], [1, 2])).toThrow(
      new RangeError('randomizationTest: value 1 of each must be a finite number, got NaN and 2'),
    );
    expect(() => randomizationTest([1], [2], { groups: [1, 2] })).toThrow(
      new RangeError('randomizationTest: groups.length must be 1, got 2'),
    );
    expect(() => randomizationTest([1], [2], { resamples: 0 })).toThrow(
      new RangeError('randomizationTest: resamples must be a whole number >= 1, got 0'),
    );
  });
});

describe('pairedBootstrap', () => {
  it('is narrow where both systems find the same queries hard', () => {
    const { normal } = random(5);
    const before = Array.from({ length: 50 }, () => 10 * normal());
    const after = before.map((value, i) => value + 1 + (i % 3) / 10);
    const { mean, interval } = pairedBootstrap(after, before);
    expect(mean).toBeCloseTo(1 + (17 * 0.1 + 16 * 0.2) / 50, 12);
    expect(interval[0]).toBeGreaterThan(1);
    expect(interval[1]).toBeLessThan(1.2);
    const [low, high] = bootstrap(after);
    expect(high - low).toBeGreaterThan(3);
  });

  it('is the interval all 27 resamples of three differences have', () => {
    // differences 0, 1 and 5: see bootstrap.test.ts
    const { mean, interval } = pairedBootstrap([2, 3, 9], [2, 2, 4], { level: 0.8, resamples: 40_000 });
    expect(mean).toBe(2);
    expect(interval).toEqual([expect.closeTo(1 / 3, 10), expect.closeTo(11 / 3, 10)]);
  });

  it('is NaN of no queries, and refuses what is not defined', () => {
    expect(pairedBootstrap([], [])).toEqual({ mean: NaN, interval: [NaN, NaN] });
    expect(() => pairedBootstrap([NaN], [1])).toThrow(/^pairedBootstrap: value 0 of each must be/);
  });
});

describe('holm', () => {
  it("is R's p.adjust, in the order given", () => {
    expect([...holm([0.01, 0.02, 0.03, 0.04])]).toEqual([0.04, 0.06, 0.06, 0.06]);
    expect([...holm([0.04, 0.001, 0.8, 0.03])]).toEqual([
      expect.closeTo(0.09, 12),
      0.004,
      0.8,
      expect.closeTo(0.09, 12),
    ]);
  });

  it('leaves one p as it is, and goes no further than 1', () => {
    expect([...holm([0.03])]).toEqual([0.03]);
    expect([...holm([0.7, 0.6])]).toEqual([1, 1]);
    expect([...holm([])]).toEqual([]);
  });

  it('refuses what is no probability', () => {
    expect(() => holm([0.2, 1.5])).toThrow(new RangeError('holm: p 1 must be in [0, 1], got 1.5'));
    expect(() => holm([NaN])).toThrow(RangeError);
  });
});

describe('compareSystems', () => {
  it('sets each against the first, and adjusts for how many there are', async () => {
    const baseline = [0, 0, 0, 0, 0, 0];
    const [first, better, mixed] = await compareSystems([baseline, [1, 2, 3, 4, 5, 6], [1, -2, 3, -1, 0, 2]]);
    expect(first).toEqual({ mean: 0, interval: [0, 0] });
    // all six signs the same: 2 of 64
    expect(better.against).toMatchObject({
      mean: 3.5,
      better: 6,
      equal: 0,
      worse: 0,
      p: 2 / 64,
      adjusted: 4 / 64,
    });
    expect(mixed.against).toMatchObject({ mean: 0.5, better: 3, equal: 1, worse: 2 });
    // sums of ±1 ±2 ±3 ±1 ±2 that are at least 3 or at most -3: 16 of 32
    expect(mixed.against?.p).toBe(everySign([1, -2, 3, -1, 2], [0, 1, 2, 3, 4]));
    expect(mixed.against?.adjusted).toBe(mixed.against?.p);
  });

  it('has the intervals of the bootstrap, and of the paired one', async () => {
    const { normal } = random(8);
    const [a, b] = [0, 1].map(() => Array.from({ length: 40 }, normal));
    const groups = a.map((_, i) => i % 11);
    const options = { groups, seed: 6, resamples: 500 };
    const [first, second] = await compareSystems([a, b], options);
    expect(first.interval).toEqual(bootstrap(a, options));
    expect(second.interval).toEqual(bootstrap(b, options));
    expect(second.against?.interval).toEqual(pairedBootstrap(b, a, options).interval);
    expect(second.against?.p).toBe(randomizationTest(b, a, options));
  });

  it('refuses no systems, no queries and systems of other queries', async () => {
    await expect(compareSystems([])).rejects.toThrow(
      new RangeError('compareSystems: there must be a system and a query, got no system'),
    );
    await expect(compareSystems([[], []])).rejects.toThrow(
      new RangeError('compareSystems: there must be a system and a query, got no query'),
    );
    await expect(compareSystems([[1, 2], [1]])).rejects.toThrow(
      new RangeError('compareSystems: before.length must be 1, got 2'),
    );
  });
});
