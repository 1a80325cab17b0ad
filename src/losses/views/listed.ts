import type { IdLists } from '../../core/batches.ts';
import type { Pairs } from '../../kernels/kernels.ts';

/** Calls `add` with each candidate of anchor i whose logit is changed, and what is added to it: minus infinity leaves it out. */
export type Adjustment = (i: number, add: (candidate: number, more: number) => void) => void;

/** All adjustments of all anchors, as the pair kernel takes them; of a pair that has several, their sum. */
export function listed(rows: number, adjustments: readonly Adjustment[]): Pick<Pairs, 'dropped' | 'added'> {
  if (adjustments.length === 0) return {};
  const offsets = new Uint32Array(rows + 1);
  const [candidates, added]: number[][] = [[], []];
  for (let i = 0; i < rows; i++) {
    const all = new Map<number, number>();
    for (const adjust of adjustments) {
      adjust(i, (candidate, more) => all.set(candidate, (all.get(candidate) ?? 0) + more));
    }
    for (const [candidate, more] of all) {
      candidates.push(candidate);
      added.push(more);
    }
    offsets[i + 1] = candidates.length;
  }
  return {
    dropped: { offsets, ids: Uint32Array.from(candidates) },
    added: added.every((more) => more === -Infinity) ? undefined : Float32Array.from(added),
  };
}

/** Leaves out, of each anchor, what is in its list. */
export function without({ offsets, ids }: IdLists): Adjustment {
  return (i, add) => {
    for (let e = offsets[i]; e < offsets[i + 1]; e++) add(ids[e], -Infinity);
  };
}
