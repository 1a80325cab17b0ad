import type { Kind, Kinds } from './answer.ts';
import { anchors } from './kinds/anchors.ts';
import { classification } from './kinds/classification.ts';
import { distances } from './kinds/distances.ts';
import { distillation } from './kinds/distillation.ts';
import { hinges } from './kinds/hinge.ts';
import { labelled } from './kinds/labelled.ts';
import { metrics } from './kinds/metrics.ts';
import { miners } from './kinds/miners.ts';
import { pairs } from './kinds/pairs.ts';
import { proxies } from './kinds/proxies.ts';
import { regression } from './kinds/regression.ts';
import { selfSupervised } from './kinds/self-supervised.ts';
import { tripletsByRows } from './kinds/triplet-rows.ts';
import { views } from './kinds/views.ts';

const kinds: Kinds = {
  ...regression,
  ...classification,
  ...hinges,
  ...pairs,
  ...distances,
  ...views,
  ...tripletsByRows,
  ...distillation,
  ...selfSupervised,
  ...labelled,
  ...anchors,
  ...proxies,
  ...miners,
  ...metrics,
};

/** The ways ours says what a kind of case is of; none where it has no such thing. */
export function waysOf(loss: string): readonly Kind[] {
  const found = kinds[loss];
  if (found === undefined) return [];
  return typeof found === 'function' ? [found] : found;
}
