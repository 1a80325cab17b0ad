import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random, shuffled } from '../../src/core/random.ts';
import { mean } from '../../src/metrics/mean.ts';
import {
  adjustedMutualInformation,
  mutualInformation,
  normalizedMutualInformation,
  vMeasure,
} from '../../src/metrics/mutual-information.ts';
import { adjustedRandIndex, fowlkesMallows } from '../../src/metrics/pair-agreement.ts';
import { purity } from '../../src/metrics/purity.ts';

const divided = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((rows) => [rows.map(([label]) => label), rows.map(([, cluster]) => cluster)] as const);

const symmetric = {
  mutualInformation,
  normalizedMutualInformation,
  adjustedMutualInformation,
  adjustedRandIndex,
  fowlkesMallows,
};

/** Every order of some numbers. */
function orders(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value, i) => orders(values.toSpliced(i, 1)).map((rest) => [value, ...rest]));
}

describe('agreement of classes and clusters', () => {
  it.each(Object.entries(symmetric))('is the same from either side, and by any names: %s', (_, measure) => {
    fc.assert(
      fc.property(divided, ([labels, clusters]) => {
        const value = measure(labels, clusters);
        expect(measure(clusters, labels)).toBeCloseTo(value, 10);
        const renamed = clusters.map((cluster) => 1000 - 7 * cluster);
        expect(measure(labels, renamed)).toBeCloseTo(value, 10);
      }),
    );
  });

  it.each([
    ['normalizedMutualInformation', normalizedMutualInformation],
    ['adjustedMutualInformation', adjustedMutualInformation],
    ['adjustedRandIndex', adjustedRandIndex],
    ['purity', purity],
  ])('is 1 of classes renamed: %s', (_, measure) => {
    expect(measure([0, 0, 1, 2, 1], [5, 5, 3, 4, 3])).toBeCloseTo(1, 12);
    expect(measure([1, 1], [0, 0])).toBe(1);
    expect(measure([3, 1], [0, 1])).toBeCloseTo(1, 12);
    expect(measure([], [])).toBeNaN();
  });

  it('is refused of lists of two lengths', () => {
    expect(() => purity([1, 2], [1])).toThrow(new RangeError('purity: clusters.length must be 2, got 1'));
  });
});

describe('mutualInformation', () => {
  it('is what is known of the class, in nats', () => {
    expect(mutualInformation([0, 0, 1, 1], [0, 0, 1, 1])).toBeCloseTo(Math.LN2, 12);
    expect(mutualInformation([0, 0, 1, 1], [0, 1, 0, 1])).toBe(0);
  });

  it('over the mean, the geometric mean or the larger of the entropies', () => {
    // entropies log 2 and log 4, of which log 2 is shared
    const given = [[0, 0, 1, 1], [0, 1, 2, 3]] as const; // prettier-ignore
    expect(normalizedMutualInformation(...given)).toBeCloseTo(2 / 3, 12);
    expect(normalizedMutualInformation(...given, { average: 'geometric' })).toBeCloseTo(Math.SQRT1_2, 12);
    expect(normalizedMutualInformation(...given, { average: 'max' })).toBeCloseTo(0.5, 12);
  });
});

describe('adjustedMutualInformation', () => {
  it('is 0 in the mean over all ways to deal out the same clusters', () => {
    const labels = [0, 0, 0, 1, 1, 2, 2];
    const clusters = [0, 0, 1, 1, 1, 1, 2];
    const all = orders(clusters).map((each) => adjustedMutualInformation(labels, each));
    expect(mean(all)).toBeCloseTo(0, 12);
    expect(Math.max(...all)).toBeGreaterThan(0.3);
  });

  it('is near 0 of many clusters drawn by chance, where NMI is not', () => {
    const labels = Int32Array.from({ length: 2000 }, (_, i) => i % 50);
    const clusters = shuffled(2000, random(1)).map((i) => i % 500);
    expect(Math.abs(adjustedMutualInformation(labels, clusters))).toBeLessThan(0.03);
    expect(normalizedMutualInformation(labels, clusters)).toBeGreaterThan(0.5);
  });
});

describe('vMeasure', () => {
  it('is homogeneous where clusters are pure, and complete where classes are whole', () => {
    const finer = vMeasure([0, 0, 1, 1], [0, 1, 2, 3]);
    expect(finer.homogeneity).toBeCloseTo(1, 12);
    expect(finer.completeness).toBeCloseTo(0.5, 12);
    expect(finer.vMeasure).toBeCloseTo(2 / 3, 12);
    const one = vMeasure([0, 0, 1, 1], [0, 0, 0, 0]);
    expect(one).toEqual({ homogeneity: 0, completeness: 1, vMeasure: 0 });
  });

  it('is the arithmetic NMI', () => {
    fc.assert(
      fc.property(divided, ([labels, clusters]) => {
        expect(vMeasure(labels, clusters).vMeasure).toBeCloseTo(
          normalizedMutualInformation(labels, clusters),
          10,
        );
      }),
    );
  });
});

describe('adjustedRandIndex', () => {
  it("is what scikit-learn's documentation prints", () => {
    expect(adjustedRandIndex([0, 0, 1, 1], [0, 0, 1, 2])).toBeCloseTo(0.57, 2);
    expect(adjustedRandIndex([0, 0, 0, 0], [0, 1, 2, 3])).toBe(0);
    expect(adjustedRandIndex([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(-0.5, 12);
  });

  it('is 0 in the mean over all ways to deal out the same clusters', () => {
    const all = orders([0, 0, 1, 1, 1, 2]).map((each) => adjustedRandIndex([0, 0, 0, 1, 1, 2], each));
    expect(mean(all)).toBeCloseTo(0, 12);
  });
});

describe('fowlkesMallows', () => {
  it('is the geometric mean of the shares of pairs', () => {
    // one pair together in both, of two in classes and one in clusters
    expect(fowlkesMallows([0, 0, 1, 1], [0, 0, 1, 2])).toBeCloseTo(Math.sqrt(1 / 2), 12);
    expect(fowlkesMallows([0, 0], [0, 1])).toBe(0);
  });
});

describe('purity', () => {
  it('is the share of rows in the largest class of their cluster', () => {
    expect(purity([0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 1, 1])).toBeCloseTo(4 / 6, 12);
  });
});
