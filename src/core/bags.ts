import type { IdLists } from './batches.ts';
import { checkEqual, checkRowNumbers, checkWhole, refuse } from './check.ts';

/** Of each text, or whatever else is made of parts, some rows of a table, and what each weighs in their sum. */
export interface Bags extends IdLists {
  /** as many as there are ids */
  readonly weights: Float32Array;
}

export function bagCount({ offsets }: Bags): number {
  return offsets.length - 1;
}

/** That lists begin at 0, do not run backwards and end where the ids do, with a weight for each, and that ids are below an end. */
export function checkBags(where: string, { offsets, ids, weights }: Bags, end: number): void {
  checkEqual(where, 'the first offset', offsets[0], 0);
  for (let i = 1; i < offsets.length; i++) {
    if (offsets[i] < offsets[i - 1])
      refuse(where, `offsets[${i}] must be at least ${offsets[i - 1]}`, offsets[i]);
  }
  checkEqual(where, 'the last offset', offsets[offsets.length - 1], ids.length);
  checkEqual(where, 'weights.length', weights.length, ids.length);
  checkRowNumbers(where, 'ids', ids, end);
}

/** The named bags, in the order named: a copy. */
export function gatherBags({ offsets, ids, weights }: Bags, bags: ArrayLike<number>): Bags {
  const chosen = new Uint32Array(bags.length + 1);
  for (let i = 0; i < bags.length; i++) chosen[i + 1] = chosen[i] + offsets[bags[i] + 1] - offsets[bags[i]];
  const size = chosen[bags.length];
  const [chosenIds, chosenWeights] = [new Uint32Array(size), new Float32Array(size)];
  for (let i = 0; i < bags.length; i++) {
    const [start, end] = [offsets[bags[i]], offsets[bags[i] + 1]];
    chosenIds.set(ids.subarray(start, end), chosen[i]);
    chosenWeights.set(weights.subarray(start, end), chosen[i]);
  }
  return { offsets: chosen, ids: chosenIds, weights: chosenWeights };
}

/** Consecutive parts of at most so many bags, at least one part; their lists are views. */
export function bagChunks(bags: Bags, most: number): Bags[] {
  checkWhole('bagChunks', 'most', most, 1);
  const { offsets, ids, weights } = bags;
  const chunks: Bags[] = [];
  let start = 0;
  do {
    const lists = offsets.subarray(start, start + most + 1);
    const [first, end] = [lists[0], lists[lists.length - 1]];
    chunks.push({
      offsets: lists.map((offset) => offset - first),
      ids: ids.subarray(first, end),
      weights: weights.subarray(first, end),
    });
    start += most;
  } while (start < bagCount(bags));
  return chunks;
}

/** Bags and others behind them: a copy. */
export function joinedBags(first: Bags, second: Bags): Bags {
  const { length } = first.ids;
  const offsets = new Uint32Array(first.offsets.length + bagCount(second));
  offsets.set(first.offsets);
  second.offsets.forEach((offset, i) => (offsets[bagCount(first) + i] = length + offset));
  const [ids, weights] = [
    new Uint32Array(length + second.ids.length),
    new Float32Array(length + second.ids.length),
  ];
  ids.set(first.ids);
  ids.set(second.ids, length);
  weights.set(first.weights);
  weights.set(second.weights, length);
  return { offsets, ids, weights };
}

/** The bags that hold each row that any holds: the lists turned round. */
export interface TurnedBags {
  /** row numbers of the table, ascending, each once */
  readonly rows: Uint32Array;
  /** for each of these rows the bags that hold it, in their order, as often as they do */
  readonly bags: Bags;
}

/** Lists of the rows instead of the bags. @param tableRows one more than the largest id may be */
export function turned(bags: Bags, tableRows: number): TurnedBags {
  const { offsets, ids, weights } = bags;
  const counts = new Uint32Array(tableRows);
  for (const id of ids) counts[id]++;
  let distinct = 0;
  for (const count of counts) if (count > 0) distinct++;
  const [rows, starts] = [new Uint32Array(distinct), new Uint32Array(distinct + 1)];
  // from here on a row's count is where its next entry goes
  for (let id = 0, r = 0, next = 0; id < tableRows; id++) {
    if (counts[id] === 0) continue;
    rows[r] = id;
    const count = counts[id];
    counts[id] = next;
    next += count;
    starts[++r] = next;
  }
  const [holders, shares] = [new Uint32Array(ids.length), new Float32Array(ids.length)];
  for (let i = 0; i < bagCount(bags); i++) {
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      const at = counts[ids[e]]++;
      holders[at] = i;
      shares[at] = weights[e];
    }
  }
  return { rows, bags: { offsets: starts, ids: holders, weights: shares } };
}
