import type { Kind, Kinds } from './answer.ts';
import { classification } from './kinds/classification.ts';
import { labelled } from './kinds/labelled.ts';
import { regression } from './kinds/regression.ts';
import { tripletRowKinds } from './kinds/triplet-rows.ts';
import { views } from './kinds/views.ts';

const kinds: Kinds = { ...regression, ...classification, ...views, ...tripletRowKinds, ...labelled };

/** Families that no case of is run yet, and why. */
const LATER = new Map([
  ['miner', 'its miners are not built yet'],
  ['eval', 'its metrics are not built yet'],
]);

/** The ways ours says what a kind of case is of; none where it has no such thing. */
export function waysOf(loss: string): readonly Kind[] {
  const found = kinds[loss];
  if (found === undefined) return [];
  return typeof found === 'function' ? [found] : found;
}

/** Why a family is passed over, where it is. */
export function skippedBecause(family: string): string | undefined {
  return LATER.get(family);
}
