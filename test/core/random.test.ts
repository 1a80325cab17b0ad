import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawn, random, shuffled } from '../../src/core/random.ts';

function draws(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Σ (observed - expected)² / expected for values that should be equally often each of 0 … bins - 1. */
function chiSquare(values: readonly number[], bins: number): number {
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) counts[value]++;
  const expected = values.length / bins;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

const key = fc.array(fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 1 })), { maxLength: 3 });

describe('random', () => {
  it('gives the same stream for the same key', () => {
    fc.assert(
      fc.property(key, (parts) => {
        const [one, other] = [random(...parts), random(...parts)];
        expect(draws(20, one.uniform)).toEqual(draws(20, other.uniform));
      }),
    );
  });

  it('gives streams without a number in common for keys that differ anywhere, zeros at the end included', () => {
    const together = fc.oneof(
      fc.tuple(key, key),
      key.map((parts): [number[], number[]] => [parts, [...parts, 0]]),
    );
    fc.assert(
      fc.property(together, ([one, other]) => {
        fc.pre(one.join() !== other.join());
        const seen = new Set(draws(60, random(...one).uniform));
        // one in 2^32 / 3600 runs would fail by chance
        expect(draws(60, random(...other).uniform).filter((value) => seen.has(value))).toEqual([]);
      }),
    );
  });

  it('takes a key modulo 2^32', () => {
    expect(draws(5, random(-1, 2 ** 32 + 7).uniform)).toEqual(draws(5, random(2 ** 32 - 1, 7).uniform));
  });

  it('is uniform in [0, 1), one number after another', () => {
    const values = draws(64_000, random(1, 2, 3).uniform);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    // 31 degrees of freedom: above 61.1 in one of a thousand; 1023: above 1168.5
    expect(
      chiSquare(
        values.map((value) => Math.floor(value * 32)),
        32,
      ),
    ).toBeLessThan(61.1);
    const pairs = draws(32_000, () => 0).map(
      (_, i) => Math.floor(values[2 * i] * 32) * 32 + Math.floor(values[2 * i + 1] * 32),
    );
    expect(chiSquare(pairs, 1024)).toBeLessThan(1168.5);
  });

  it('is uniform over first numbers of keys that count up', () => {
    const firsts = draws(32_000, () => 0).map((_, i) => Math.floor(random(5, i).uniform() * 32));
    expect(chiSquare(firsts, 32)).toBeLessThan(61.1);
  });

  it('draws below a bound, each as often', () => {
    const { below } = random(11);
    // 5 degrees of freedom: above 20.5 in one of a thousand
    expect(
      chiSquare(
        draws(60_000, () => below(6)),
        6,
      ),
    ).toBeLessThan(20.5);
    expect(draws(10, () => below(1))).toEqual(Array.from({ length: 10 }, () => 0));
    const large = draws(1000, () => below(2 ** 32));
    expect(Math.max(...large)).toBeGreaterThan(2 ** 31);
    expect(large.every(Number.isSafeInteger)).toBe(true);
  });

  it('draws normals with the moments 0, 1, 0, 3', () => {
    const values = draws(100_000, random(3).normal);
    const moment = (power: number): number => mean(values.map((value) => value ** power));
    // four standard errors: √(1, 2, 15, 96 / 100 000)
    expect(Math.abs(moment(1))).toBeLessThan(0.0127);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.0179);
    expect(Math.abs(moment(3))).toBeLessThan(0.049);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.124);
  });
});

describe('shuffled', () => {
  it('is a permutation', () => {
    fc.assert(
      fc.property(fc.nat(200), key, (length, parts) => {
        const order = shuffled(length, random(...parts));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      }),
    );
  });

  it('gives each of the 24 orders of four as often', () => {
    const numbers = new Map<string, number>();
    const stream = random(17);
    const orders = draws(24_000, () => {
      const order = shuffled(4, stream).join();
      if (!numbers.has(order)) numbers.set(order, numbers.size);
      return numbers.get(order) ?? 0;
    });
    expect(numbers.size).toBe(24);
    // 23 degrees of freedom: above 49.7 in one of a thousand
    expect(chiSquare(orders, 24)).toBeLessThan(49.7);
  });
});

describe('drawn', () => {
  it('is some of what there is, each once', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), key, (count, more, parts) => {
        const some = drawn(count, count + more, random(...parts));
        expect(some).toHaveLength(count);
        expect(new Set(some).size).toBe(count);
        expect(some.every((each) => each < count + more)).toBe(true);
      }),
    );
  });

  it('gives each of the 60 ordered threes of five as often', () => {
    const numbers = new Map<string, number>();
    const stream = random(19);
    const orders = draws(60_000, () => {
      const some = drawn(3, 5, stream).join();
      if (!numbers.has(some)) numbers.set(some, numbers.size);
      return numbers.get(some) ?? 0;
    });
    expect(numbers.size).toBe(60);
    // 59 degrees of freedom: above 98.3 in one of a thousand
    expect(chiSquare(orders, 60)).toBeLessThan(98.3);
  });
});
