import { expect, it } from 'vitest';
import { lentBody } from '../../src/service/lent-body.ts';

it('lends what was given back to the next of as many bytes alone, and never what was not', () => {
  const { take, giveBack } = lentBody();
  const first = take(16);
  expect(take(16)).not.toBe(first);
  const second = take(8);
  giveBack();
  expect(take(8)).toBe(second);
  expect(take(8)).not.toBe(second);
  giveBack();
  expect(take(24).byteLength).toBe(24);
});
