import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kendall } from '../../src/metrics/kendall.ts';
import { pearson } from '../../src/metrics/pearson.ts';
import { ranks } from '../../src/metrics/ranks.ts';
import { spearman } from '../../src/metrics/spearman.ts';

/** Two lists in which many numbers are equal, and not all. */
const twoLists = fc
  .array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 })), { maxLength: 40 })
  .map((rows) => [[-1, 2], [2, 0], [1, 1], ...rows])
  .map((rows) => [rows.map(([x]) => x), rows.map(([, y]) => y)] as const);

describe('ranks', () => {
  it('start at 1, and equal values share theirs', () => {
    expect([...ranks([30, 10, 20, 20])]).toEqual([4, 1, 2.5, 2.5]);
    expect([...ranks([])]).toEqual([]);
  });

  it('count the values below and half of the others that are equal', () => {
    fc.assert(
      fc.property(twoLists, ([x]) => {
        const slowly = x.map((value) => {
          const equal = x.filter((other) => other === value).length;
          return x.filter((other) => other < value).length + (equal + 1) / 2;
        });
        expect([...ranks(x)]).toEqual(slowly);
      }),
    );
  });
});

describe('pearson', () => {
  it('is the covariance over the standard deviations', () => {
    // deviations -1 0 1 and -3 1 2: 5 / √(2 · 14)
    expect(pearson([1, 2, 3], [0, 4, 5])).toBeCloseTo(5 / Math.sqrt(28), 12);
  });

  it('does not change with scale and shift, nor when x and y change places', () => {
    fc.assert(
      fc.property(twoLists, ([x, y]) => {
        const value = pearson(x, y);
        expect(pearson(y, x)).toBeCloseTo(value, 12);
        const other = y.map((each) => 1e200 * (3 - 2 * each));
        expect(pearson(x, other)).toBeCloseTo(-value, 12);
      }),
    );
  });

  it('is not defined of a constant, of one value or of none', () => {
    expect(pearson([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN();
    expect(pearson([0, 0], [1, 2])).toBeNaN();
    expect(pearson([1], [2])).toBeNaN();
    expect(pearson([], [])).toBeNaN();
  });

  it('refuses lists of two lengths', () => {
    expect(() => pearson([1], [1, 2])).toThrow(new RangeError('pearson: y.length must be 1, got 2'));
  });
});

describe('spearman', () => {
  it('is 1 where y rises with x, however it rises', () => {
    expect(spearman([1, 2, 3, 4], [0, 1, 100, 1e9])).toBeCloseTo(1, 12);
  });

  it('is 1 - 6 Σ d² / (n (n² - 1)) without ties', () => {
    // d = -1, 1, 0, -1, 1
    expect(spearman([1, 2, 3, 4, 5], [2, 1, 3, 5, 4])).toBeCloseTo(1 - (6 * 4) / (5 * 24), 12);
  });

  it('shares ranks among ties', () => {
    // ranks 1.5 1.5 3 and 1 2 3: 1.5 / √(1.5 · 2)
    expect(spearman([5, 5, 9], [1, 2, 3])).toBeCloseTo(1.5 / Math.sqrt(3), 12);
  });
});

describe('kendall', () => {
  it('counts all pairs, the slow way', () => {
    fc.assert(
      fc.property(twoLists, ([x, y]) => {
        let [sum, inX, inY] = [0, 0, 0];
        for (let i = 0; i < x.length; i++) {
          for (let j = 0; j < i; j++) {
            const [dx, dy] = [Math.sign(x[i] - x[j]), Math.sign(y[i] - y[j])];
            sum += dx * dy;
            inX += dx * dx;
            inY += dy * dy;
          }
        }
        expect(kendall(x, y)).toBeCloseTo(sum / Math.sqrt(inX * inY), 12);
      }),
    );
  });

  it('is not defined of a constant', () => {
    expect(kendall([1, 1], [1, 2])).toBeNaN();
    expect(kendall([], [])).toBeNaN();
  });
});
