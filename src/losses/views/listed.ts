import { idLists, type IdLists } from '../../core/batches.ts';
import type { Pairs } from '../../kernels/kernels.ts';

/** Calls `add` with some candidates of anchor i, by number. */
export type Selection = (i: number, add: (candidate: number) => void) => void;

/** Calls `add` with each candidate of anchor i whose logit is changed, and what is added to it: minus infinity leaves it out. */
export type Adjustment = (i: number, add: (candidate: number, more: number) => void) => void;

/** What is said of single candidates. What is left out is no positive, and of a positive no logit is changed. */
export interface Said {
  readonly leftOut: readonly Selection[];
  /** beside an anchor's own */
  readonly positives: readonly Selection[];
  readonly adjustments: readonly Adjustment[];
}

/** All that is said of all anchors' candidates, as the pair kernel takes it; of a pair that has several adjustments, their sum. */
export function listed(
  rows: number,
  { leftOut, positives, adjustments }: Said,
  masked: (i: number, candidate: number) => boolean,
): Pick<Pairs, 'dropped' | 'added' | 'listed'> {
  if (leftOut.length + positives.length + adjustments.length === 0) return {};
  const [changed, added, right]: [number[][], number[], number[][]] = [[], [], []];
  for (let i = 0; i < rows; i++) {
    const changes = new Map<number, number>();
    for (const select of leftOut) select(i, (candidate) => changes.set(candidate, -Infinity));
    const chosen = new Set<number>();
    for (const select of positives) {
      select(i, (candidate) => {
        if (!changes.has(candidate) && !masked(i, candidate)) chosen.add(candidate);
      });
    }
    for (const adjust of adjustments) {
      adjust(i, (candidate, more) => {
        if (!chosen.has(candidate)) changes.set(candidate, (changes.get(candidate) ?? 0) + more);
      });
    }
    changed.push([...changes.keys()]);
    for (const more of changes.values()) added.push(more);
    right.push([...chosen]);
  }
  return {
    dropped: leftOut.length + adjustments.length === 0 ? undefined : idLists(changed),
    added: added.every((more) => more === -Infinity) ? undefined : Float32Array.from(added),
    listed: positives.length === 0 ? undefined : { positives: idLists(right) },
  };
}

/** What is in the list of each anchor. */
export function those({ offsets, ids }: IdLists): Selection {
  return (i, add) => {
    for (let e = offsets[i]; e < offsets[i + 1]; e++) add(ids[e]);
  };
}
