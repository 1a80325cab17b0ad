import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { classificationScores, confusion, predictedClasses } from '../../src/metrics/confusion.ts';
import { multiClassRocAuc } from '../../src/metrics/multi-class-roc-auc.ts';
import { rocAuc } from '../../src/metrics/roc.ts';
import { topKAccuracy } from '../../src/metrics/top-k-accuracy.ts';
import { gaussian } from '../matrices.ts';

describe('topKAccuracy', () => {
  it('is whether the label is among the k largest', () => {
    const logits = fromRows([
      [3, 2, 1],
      [3, 2, 1],
      [3, 2, 1],
    ]);
    expect([...topKAccuracy(logits, [0, 1, 2], 1)]).toEqual([1, 0, 0]);
    expect([...topKAccuracy(logits, [0, 1, 2], 2)]).toEqual([1, 1, 0]);
    expect([...topKAccuracy(logits, [0, 1, 2], 9)]).toEqual([1, 1, 1]);
  });

  it('puts the later of equal classes first', () => {
    const logits = fromRows([
      [1, 1],
      [1, 1],
    ]);
    expect([...topKAccuracy(logits, [0, 1], 1)]).toEqual([0, 1]);
  });
});

describe('confusion', () => {
  // class 0: 2 of 3 right, one taken for 1; class 1: 1 of 1; class 2: no rows, and one row of class 0 … none
  const counted = confusion([0, 0, 1, 1], [0, 0, 0, 1], 3);

  it('counts what each class was taken for', () => {
    expect([...counted.counts]).toEqual([2, 1, 0, 0, 1, 0, 0, 0, 0]);
  });

  it('has precision, recall and F1 of each class, not defined where they are of nothing', () => {
    const { precision, recall, f1, accuracy, balancedAccuracy, macroF1 } = classificationScores(counted);
    expect([...precision]).toEqual([1, 0.5, NaN]);
    expect([...recall]).toEqual([2 / 3, 1, NaN]);
    expect([...f1]).toEqual([0.8, 2 / 3, NaN]);
    expect(accuracy).toBe(0.75);
    expect(balancedAccuracy).toBeCloseTo(5 / 6, 12);
    expect(macroF1).toBeCloseTo((0.8 + 2 / 3) / 2, 12);
  });

  it('refuses what is no class', () => {
    expect(() => confusion([3], [0], 3)).toThrow(
      new RangeError('confusion: predicted[0] must be a class in [0, 3), got 3'),
    );
  });
});

describe('predictedClasses', () => {
  it('are the largest logits, the first of equal ones', () => {
    expect([...predictedClasses(fromRows([[1, 3, 2], [2, 0, 2]]))]).toEqual([1, 0]); // prettier-ignore
  });

  it('refuses rows without a class', () => {
    expect(() => predictedClasses(fromRows([[]]))).toThrow(
      new RangeError('predictedClasses: logits.cols must be a whole number >= 1, got 0'),
    );
  });
});

describe('multiClassRocAuc', () => {
  it('of two classes is that of one against the other', () => {
    const logits = gaussian(40, 2, 1);
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % 2);
    const gaps = Float64Array.from(labels, (_, i) => logits.data[2 * i + 1] - logits.data[2 * i]);
    const area = rocAuc(gaps, labels);
    expect(multiClassRocAuc(logits, labels)).toBeCloseTo(area, 12);
    expect(multiClassRocAuc(logits, labels, { compare: 'oneVsOne' })).toBeCloseTo(area, 12);
  });

  it('weighs classes by their rows, if so told', () => {
    // class 2, of two rows, is told from all others; classes 0 and 1, of a row each, are taken for one another
    const logits = fromRows([
      [0, 2, -9],
      [2, 0, -9],
      [-9, -9, 9],
      [-9, -9, 9],
    ]);
    const labels = [0, 1, 2, 2];
    // class 0 against rows 1, 2 and 3: behind the first, before the others
    expect(multiClassRocAuc(logits, labels)).toBeCloseTo((2 / 3 + 2 / 3 + 1) / 3, 12);
    expect(multiClassRocAuc(logits, labels, { average: 'weighted' })).toBeCloseTo(
      (2 / 3 + 2 / 3 + 2) / 4,
      12,
    );
    // 0 and 1 are always in the wrong order, each against 2 in the right one
    expect(multiClassRocAuc(logits, labels, { compare: 'oneVsOne' })).toBeCloseTo(2 / 3, 12);
    expect(multiClassRocAuc(logits, labels, { compare: 'oneVsOne', average: 'weighted' })).toBeCloseTo(6 / 8, 12); // prettier-ignore
  });

  it('is not defined where a class has no rows', () => {
    expect(multiClassRocAuc(gaussian(4, 3, 2), [0, 1, 0, 1])).toBeNaN();
  });
});
