import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestAccuracy, bestF1, pairScores } from '../../src/metrics/pair-threshold.ts';
import { binaryScores } from './binary.ts';

/** Halfway between all neighboring scores that differ. */
function thresholdsOf(scores: readonly number[]): number[] {
  const distinct = [...new Set(scores)].sort((a, b) => a - b);
  return distinct.slice(1).map((score, c) => (score + distinct[c]) / 2);
}

describe('bestAccuracy', () => {
  it('is at the threshold that tells most pairs right', () => {
    // 4 of 5 above 0.65: 0.9 and 0.7 are 1, 0.6 and 0.2 are 0, and 0.4 is missed
    expect(bestAccuracy([0.9, 0.6, 0.4, 0.2, 0.7], [1, 0, 1, 0, 1])).toEqual({ accuracy: 0.8, threshold: 0.6 / 2 + 0.7 / 2 }); // prettier-ignore
  });

  it('is what pairScores has there, and no other threshold is better', () => {
    fc.assert(
      fc.property(binaryScores, ({ scores, labels }) => {
        const best = bestAccuracy(scores, labels);
        expect(pairScores(scores, labels, best).accuracy).toBe(best.accuracy);
        const all = thresholdsOf(scores).map(
          (threshold) => pairScores(scores, labels, { threshold }).accuracy,
        );
        expect(best.accuracy).toBe(Math.max(...all));
      }),
    );
  });

  it('takes distances as it takes similarities of the other sign', () => {
    fc.assert(
      fc.property(binaryScores, ({ scores, labels }) => {
        const distances = scores.map((score) => -score);
        const { accuracy, threshold } = bestAccuracy(distances, labels, { positive: 'lower' });
        expect(bestAccuracy(scores, labels)).toEqual({ accuracy, threshold: 0 - threshold });
      }),
    );
  });

  it('is not defined where no threshold tells scores apart', () => {
    expect(bestAccuracy([1, 1], [0, 1])).toEqual({ accuracy: NaN, threshold: NaN });
    expect(bestAccuracy([], [])).toEqual({ accuracy: NaN, threshold: NaN });
  });
});

describe('bestF1', () => {
  it('has precision and recall at its threshold', () => {
    // above 0.3 are three of three positives and one negative
    const best = bestF1([0.9, 0.6, 0.4, 0.2, 0.7], [1, 0, 1, 0, 1]);
    expect(best).toEqual({ f1: 6 / 7, precision: 0.75, recall: 1, threshold: 0.2 + 0.1 });
  });

  it('is what pairScores has there, and no other threshold is better', () => {
    fc.assert(
      fc.property(binaryScores, ({ scores, labels }) => {
        const { threshold, ...best } = bestF1(scores, labels);
        const { accuracy: _, ...there } = pairScores(scores, labels, { threshold });
        if (best.f1 > 0) expect(there).toEqual(best);
        const all = thresholdsOf(scores).map((each) => pairScores(scores, labels, { threshold: each }).f1);
        expect(best.f1).toBe(Math.max(...all));
      }),
    );
  });

  it('is not defined without a positive', () => {
    expect(bestF1([1, 2], [0, 0]).f1).toBeNaN();
  });
});

describe('pairScores', () => {
  it('counts a pair that scores the threshold itself, whichever side is taken for a 1', () => {
    const scored = [[0.1, 0.5, 0.9], [0, 1, 0]] as const; // prettier-ignore
    expect(pairScores(...scored, { threshold: 0.5 })).toEqual({ accuracy: 2 / 3, precision: 0.5, recall: 1, f1: 2 / 3 }); // prettier-ignore
    const lower = pairScores(...scored, { threshold: 0.5, positive: 'lower' });
    expect(lower).toEqual({ accuracy: 2 / 3, precision: 0.5, recall: 1, f1: 2 / 3 });
  });

  it('has no precision where nothing is taken for a 1, and no recall where nothing is one', () => {
    expect(pairScores([1], [0], { threshold: 2 })).toEqual({ accuracy: 1, precision: NaN, recall: NaN, f1: NaN }); // prettier-ignore
  });

  it('refuses a threshold that is not finite', () => {
    expect(() => pairScores([1], [0], { threshold: NaN })).toThrow(
      new RangeError('pairScores: threshold must be a finite number, got NaN'),
    );
  });
});
