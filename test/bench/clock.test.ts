import { expect, it } from 'vitest';
import { median, spread } from '../../bench/clock.ts';

it('takes the middle of the rounds, and of an even number the mean of the middle two', () => {
  expect(median([9, 100, 8])).toBe(9);
  expect(median([9, 100, 8, 10])).toBe(9.5);
});

it('tells how far rounds are apart, in medians', () => {
  expect(spread([10, 12, 9])).toBeCloseTo(0.3);
});
