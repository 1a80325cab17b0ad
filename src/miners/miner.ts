import type { Labelled, Triplets, Views } from '../core/batches.ts';
import type { Matrix } from '../core/matrix.ts';

/** A batch with what was mined for it. */
export type Mined<Batch extends Labelled | Views> = Batch extends Labelled
  ? Batch & { readonly triplets: Triplets }
  : Batch & MinedNegatives;

/** Negatives an index gave, and why: all in the order of their anchors. */
export interface MinedNegatives {
  readonly negatives: Matrix;
  readonly owned: Uint32Array;
  readonly negativeIds: Uint32Array;
  /** the distance of each from its anchor */
  readonly negativeDistances: Float32Array;
  /** 1 for the nearest row the anchor could be given, those passed over as too near included */
  readonly negativeRanks: Uint32Array;
}

/** Finds what a batch is most easily confused with. The same batch and the same index give the same answer. */
export type Miner<Batch extends Labelled | Views> = (batch: Batch) => Mined<Batch> | Promise<Mined<Batch>>;
