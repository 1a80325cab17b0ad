import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaUnder } from '../../src/metrics/area-under.ts';
import { rocAuc, rocCurve } from '../../src/metrics/roc.ts';
import { binaryScores } from './binary.ts';

describe('rocCurve', () => {
  it('has a point for each distinct score, and one before that nothing reaches', () => {
    const { falsePositiveRate, truePositiveRate, thresholds } = rocCurve([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0]);
    expect([...falsePositiveRate]).toEqual([0, 0, 0.5, 1]);
    expect([...truePositiveRate]).toEqual([0, 0.5, 1, 1]);
    expect([...thresholds]).toEqual([1.9, 0.9, 0.5, 0.1]);
  });

  it('has no rate of a label that no row has', () => {
    const { falsePositiveRate, truePositiveRate } = rocCurve([2, 1], [1, 1]);
    expect([...truePositiveRate]).toEqual([0, 0.5, 1]);
    expect([...falsePositiveRate]).toEqual([NaN, NaN, NaN]);
  });

  it('refuses scores that are not finite and labels that are neither 0 nor 1', () => {
    expect(() => rocCurve([NaN], [1])).toThrow(
      new RangeError('rocCurve: scores[0] must be a finite number, got NaN'),
    );
    expect(() => rocCurve([1, 2], [1, 2])).toThrow(
      new RangeError('rocCurve: labels[1] must be 0 or 1, got 2'),
    );
    expect(() => rocCurve([1, 2], [1])).toThrow(new RangeError('rocCurve: labels.length must be 2, got 1'));
  });
});

describe('rocAuc', () => {
  it('is the share of pairs of a positive and a negative that are in order, ties counting half', () => {
    fc.assert(
      fc.property(binaryScores, ({ scores, labels }) => {
        let [right, pairs] = [0, 0];
        labels.forEach((positive, i) =>
          labels.forEach((negative, j) => {
            if (positive !== 1 || negative !== 0) return;
            pairs++;
            right += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0;
          }),
        );
        expect(rocAuc(scores, labels)).toBeCloseTo(right / pairs, 12);
      }),
    );
  });

  it('is the area under the curve, and what is left of 1 where scores are turned round', () => {
    fc.assert(
      fc.property(binaryScores, ({ scores, labels }) => {
        const { falsePositiveRate, truePositiveRate } = rocCurve(scores, labels);
        const area = rocAuc(scores, labels);
        expect(areaUnder(falsePositiveRate, truePositiveRate)).toBeCloseTo(area, 12);
        const turned = scores.map((score) => -score);
        expect(rocAuc(turned, labels)).toBeCloseTo(1 - area, 12);
      }),
    );
  });

  it('up to a false positive rate is cut within a straight piece, and scaled: chance stays 0.5 and perfect 1', () => {
    // one tie of all: the diagonal
    expect(rocAuc([3, 3, 3, 3], [1, 0, 1, 0], { maxFpr: 0.3 })).toBeCloseTo(0.5, 12);
    expect(rocAuc([4, 3, 2, 1], [1, 1, 0, 0], { maxFpr: 0.3 })).toBe(1);
    // the curve is (0, 0) (0, ½) (½, ½) (½, 1) (1, 1): up to ½ its area is ¼, where 1/8 is chance and ½ is all
    expect(rocAuc([4, 3, 2, 1], [1, 0, 1, 0], { maxFpr: 0.5 })).toBeCloseTo((1 + (1 / 8) / (3 / 8)) / 2, 12); // prettier-ignore
  });

  it('is not defined without a row of each label', () => {
    expect(rocAuc([1, 2], [1, 1])).toBeNaN();
    expect(rocAuc([1, 2], [0, 0])).toBeNaN();
    expect(rocAuc([], [])).toBeNaN();
  });

  it('refuses a largest false positive rate that is none', () => {
    expect(() => rocAuc([1], [1], { maxFpr: 0 })).toThrow(
      new RangeError('rocAuc: maxFpr must be a number in (0, 1], got 0'),
    );
  });
});

describe('areaUnder', () => {
  it('is that of trapezoids, negative where x falls', () => {
    expect(areaUnder([0, 1, 3], [0, 2, 4])).toBe(7);
    expect(areaUnder([3, 1, 0], [4, 2, 0])).toBe(-7);
    expect(areaUnder([1], [1])).toBe(0);
  });

  it('refuses points without both coordinates', () => {
    expect(() => areaUnder([0, 1], [0])).toThrow(new RangeError('areaUnder: y.length must be 2, got 1'));
  });
});
