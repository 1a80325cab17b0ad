import type { Labelled, MinedPairs, Triplets } from '../core/batches.ts';

/**
 * Finds triplets within a labelled batch. The batch that comes of it has these and no others, and else what it had.
 *
 * A miner within a batch, as the field names it, is named with what it gives: `angularTriplets` is no `angular`, which is a loss. The
 * two that begin with `batch` are whole names there.
 */
export type TripletMiner = <Batch extends Labelled>(batch: Batch) => WithTriplets<Batch>;

/** As `TripletMiner`, of positive and negative pairs. */
export type PairMiner = <Batch extends Labelled>(batch: Batch) => WithPairs<Batch>;

export type WithTriplets<Batch extends Labelled> = Batch & {
  readonly triplets: Triplets;
  readonly pairs?: undefined;
};

export type WithPairs<Batch extends Labelled> = Batch & {
  readonly pairs: MinedPairs;
  readonly triplets?: undefined;
};
