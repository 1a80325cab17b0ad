import type { Labelled } from './batches.ts';

/**
 * What an anchor stands against, by column. Columns are the rows of a batch and after them its references, or these alone: column j is
 * row `firstColumn` + j, references being numbered after the rows of the batch.
 */
export interface Relatives {
  readonly positives: Uint32Array;
  readonly negatives: Uint32Array;
}

/** The number of the row that is column 0. */
export function firstColumn({ labels, references }: Labelled): number {
  return references?.alone === true ? labels.length : 0;
}

/** The columns of an anchor's label and those of other labels, in order: neither the anchor itself nor a reference of its id. */
export function relativesIn(batch: Labelled): (anchor: number) => Relatives {
  const { labels, ids, references } = batch;
  const first = firstColumn(batch);
  const older = labels.length - first;
  const columns = older + (references?.labels.length ?? 0);
  const ofLabel = new Map<number, number[]>();
  for (let j = 0; j < older; j++) addTo(ofLabel, labels[first + j], j);
  references?.labels.forEach((label, r) => addTo(ofLabel, label, older + r));
  const ofId = new Map<number, number[]>();
  references?.ids?.forEach((id, r) => addTo(ofId, id, older + r));
  return (anchor) => {
    const alike = ofLabel.get(labels[anchor]) ?? [];
    const positives = Uint32Array.from(alike).filter((j) => first + j !== anchor);
    const negatives = allBut(alike, columns);
    const copies = ids === undefined ? undefined : ofId.get(ids[anchor]);
    if (copies === undefined) return { positives, negatives };
    const meets = (j: number): boolean => !copies.includes(j);
    return { positives: positives.filter(meets), negatives: negatives.filter(meets) };
  };
}

function addTo(lists: Map<number, number[]>, key: number, column: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [column]);
  else list.push(column);
}

/** 0 … count - 1 but for some of them, which are in order. */
function allBut(some: readonly number[], count: number): Uint32Array {
  const others = new Uint32Array(count - some.length);
  let [found, next] = [0, 0];
  for (const j of [...some, count]) {
    while (next < j) others[found++] = next++;
    next = j + 1;
  }
  return others;
}
