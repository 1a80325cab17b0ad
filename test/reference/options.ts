import type { Reduction } from '../../src/losses/loss.ts';
import type { ReferenceCase } from './case.ts';

/** 'none' is, of ours, the sum beside the terms. */
export function reductionOf({ name, reduction }: ReferenceCase): Reduction {
  if (reduction === 'mean' || reduction === 'sum') return reduction;
  if (reduction === 'none') return 'sum';
  throw new TypeError(`${name}: ${reduction} is no reduction of ours`);
}
