import { describe, expect, it } from 'vitest';
import { mean, meanOfClassMeans } from '../../src/metrics/mean.ts';

describe('mean', () => {
  it('is of the values that are defined', () => {
    expect(mean([1, NaN, 4])).toBe(2.5);
  });

  it('is not defined of none', () => {
    expect(mean([])).toBeNaN();
    expect(mean([NaN])).toBeNaN();
  });
});

describe('meanOfClassMeans', () => {
  it('counts every class the same, however many rows it has', () => {
    // class 7 has a mean of 0.25, class 3 one of 1
    expect(meanOfClassMeans([1, 0, 0, 0, 1], [7, 7, 7, 7, 3])).toBe(0.625);
  });

  it('passes over classes without a value that is defined', () => {
    expect(meanOfClassMeans([1, NaN, NaN, 0.5], [0, 0, 1, 2])).toBe(0.75);
    expect(meanOfClassMeans([NaN], [0])).toBeNaN();
  });

  it('refuses values without a class', () => {
    expect(() => meanOfClassMeans([1, 2], [0])).toThrow(
      new RangeError('meanOfClassMeans: classes.length must be 2, got 1'),
    );
  });
});
