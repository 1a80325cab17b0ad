import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averagePrecision, precisionRecallCurve } from '../../src/metrics/precision-recall.ts';
import { binaryScores } from './binary.ts';

describe('averagePrecision', () => {
  it('is the precision at each rank of a positive, meant over the positives, where no scores are equal', () => {
    // positives at ranks 1, 3 and 4 of 5
    expect(averagePrecision([9, 8, 7, 6, 5], [1, 0, 1, 1, 0])).toBeCloseTo((1 + 2 / 3 + 3 / 4) / 3, 12);
  });

  it('is the share of positives where all scores are equal, in whatever order they come', () => {
    expect(averagePrecision([1, 1, 1, 1], [1, 0, 0, 0])).toBe(0.25);
    expect(averagePrecision([1, 1, 1, 1], [0, 0, 0, 1])).toBe(0.25);
  });

  it('is the sum of steps under its curve', () => {
    fc.assert(
      fc.property(binaryScores, ({ scores, labels }) => {
        const { precision, recall } = precisionRecallCurve(scores, labels);
        let sum = 0;
        for (let p = 0; p + 1 < recall.length; p++) sum += (recall[p] - recall[p + 1]) * precision[p];
        expect(averagePrecision(scores, labels)).toBeCloseTo(sum, 12);
      }),
    );
  });

  it('is not defined without a positive', () => {
    expect(averagePrecision([1, 2], [0, 0])).toBeNaN();
    expect(averagePrecision([], [])).toBeNaN();
  });

  it('refuses what is no label', () => {
    expect(() => averagePrecision([1], [-1])).toThrow(
      new RangeError('averagePrecision: labels[0] must be 0 or 1, got -1'),
    );
  });
});

describe('precisionRecallCurve', () => {
  it('starts where everything is found and ends where nothing is', () => {
    const { precision, recall, thresholds } = precisionRecallCurve([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0]);
    expect([...thresholds]).toEqual([0.1, 0.5, 0.9]);
    expect([...precision]).toEqual([0.5, 2 / 3, 1, 1]);
    expect([...recall]).toEqual([1, 1, 0.5, 0]);
  });
});
