import type { Labelled } from '../core/batches.ts';
import { firstColumn } from '../core/relatives.ts';
import type { RowDistance } from '../distances/distance.ts';
import { checkLabelled } from '../kernels/check-labelled.ts';
import type { WithPairs, WithTriplets } from './batch-miner.ts';
import { type Anchor, eachAnchor } from './each-anchor.ts';
import { pairList, tripletList } from './tuple-lists.ts';

/** Chooses triplets of an anchor, by column. */
export type ChooseTriplets = (
  anchor: Anchor,
  add: (positive: number, negatives: Uint32Array) => void,
) => void;

/** Chooses pairs of an anchor, by column. */
export type ChoosePairs = (anchor: Anchor, add: AddPairs) => void;

export interface AddPairs {
  positives(columns: Uint32Array): void;
  negatives(columns: Uint32Array): void;
}

/** A batch with the triplets that are chosen for each of its rows, in the order they are. */
export function tripletsWithin<Batch extends Labelled>(
  where: string,
  batch: Batch,
  distance: RowDistance,
  choose: ChooseTriplets,
): WithTriplets<Batch> {
  checkLabelled(where, batch);
  const chosen = tripletList(firstColumn(batch));
  eachAnchor(batch, distance, (anchor) =>
    choose(anchor, (positive, negatives) => chosen.add(anchor.row, positive, negatives)),
  );
  return { ...batch, triplets: chosen.triplets(), pairs: undefined };
}

/** A batch with the pairs that are chosen for each of its rows, in the order they are. */
export function pairsWithin<Batch extends Labelled>(
  where: string,
  batch: Batch,
  distance: RowDistance,
  choose: ChoosePairs,
): WithPairs<Batch> {
  checkLabelled(where, batch);
  const first = firstColumn(batch);
  const [positives, negatives] = [pairList(first), pairList(first)];
  eachAnchor(batch, distance, (anchor) =>
    choose(anchor, {
      positives: (columns) => positives.add(anchor.row, columns),
      negatives: (columns) => negatives.add(anchor.row, columns),
    }),
  );
  return {
    ...batch,
    pairs: { positives: positives.pairs(), negatives: negatives.pairs() },
    triplets: undefined,
  };
}
