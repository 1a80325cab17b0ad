import { gather, type Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import type { TopK, TopKOptions } from '../kernels/kernels.ts';
import type { LoggedRows } from './row-log.ts';

/** A walk through a graph passes by twenty rows for each one of so many; it is quicker to look at those that are allowed. */
const SHARE = 0.05;

/** The rows whose ids are allowed, where they are so few that a graph is no help in finding them. */
export function fewAllowed({ ids, dead }: LoggedRows, allowed: Uint8Array): Uint32Array | undefined {
  const most = SHARE * ids.length;
  const few: number[] = [];
  for (let slot = 0; slot < ids.length; slot++) {
    const id = ids[slot];
    if ((((allowed[id >>> 3] ?? 0) >>> (id & 7)) & 1) === 0) continue;
    if (dead !== undefined && (dead[slot >>> 3] >>> (slot & 7)) & 1) continue;
    if (few.push(slot) > most) return undefined;
  }
  return Uint32Array.from(few);
}

/** Looks at these rows and no others. */
export async function scanOnly(
  slots: Uint32Array,
  { rows, ids, classes }: LoggedRows,
  queries: Matrix,
  k: number,
  options: TopKOptions,
): Promise<TopK | undefined> {
  if (slots.length === 0) return undefined;
  const corpus = {
    rows: gather(rows, slots),
    ids: slots.map((slot) => ids[slot]),
    classes: classes && Int32Array.from(slots, (slot) => classes[slot]),
  };
  const found = await kernels.later.topK(queries, corpus, Math.min(k, slots.length), options);
  for (let e = 0; e < found.rows.length; e++) found.rows[e] = slots[found.rows[e]];
  return found;
}
