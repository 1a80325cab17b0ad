import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { tripletAccuracy } from '../../src/metrics/triplet-accuracy.ts';

const anchors = fromRows([[0], [0], [0]]);
const positives = fromRows([[1], [2], [2]]);
const negatives = fromRows([[3], [2], [1]]);

describe('tripletAccuracy', () => {
  it('is whether the positive is nearer, equally far being a miss', () => {
    expect([...tripletAccuracy({ anchors, positives, negatives }, { distance: euclidean })]).toEqual([
      1, 0, 0,
    ]);
  });

  it('asks for more than the margin', () => {
    const at = (margin: number) =>
      tripletAccuracy({ anchors, positives, negatives }, { distance: euclidean, margin })[0];
    expect([1.9, 2].map(at)).toEqual([1, 0]);
  });

  it('goes by the cosine where nothing is said', () => {
    const [value] = tripletAccuracy({
      anchors: fromRows([[1, 0]]),
      positives: fromRows([[9, 1]]),
      negatives: fromRows([[1, 1]]),
    });
    expect(value).toBe(1);
  });

  it('refuses rows that do not stand beside one another', () => {
    expect(() => tripletAccuracy({ anchors, positives, negatives: fromRows([[1]]) })).toThrow(
      new RangeError('tripletAccuracy: negatives.rows must be 3, got 1'),
    );
  });
});
