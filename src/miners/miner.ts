import type { Labelled, Triplets, Views } from '../core/batches.ts';
import type { Matrix } from '../core/matrix.ts';

/** A batch with what was mined for it. */
export type Mined<Batch extends Labelled | Views> = Batch extends Labelled
  ? Batch & { readonly triplets: Triplets }
  : Batch & MinedNegatives;

/** Negatives a miner gave, and why: all in the order of their anchors. */
export interface MinedNegatives {
  readonly negatives: Matrix;
  readonly owned: Uint32Array;
  readonly negativeIds: Uint32Array;
  /** what each scores: how similar it is to its anchor, or what a cross-encoder said */
  readonly negativeScores: Float32Array;
  /** 1 for the nearest row the anchor could be given, those passed over as too near included */
  readonly negativeRanks: Uint32Array;
  /** rows; what each anchor's positive scores */
  readonly positiveScores: Float32Array;
}

/** Whose anchors a batch has, for what depends on more than its rows. */
export interface MiningKey {
  /** rows; which query each anchor is */
  readonly queryIds: Uint32Array;
  /** Draws of another step are other ones. @default 0 */
  readonly step?: number;
}

/** Finds what a batch is most easily confused with. The same batch, key and index give the same answer. */
export type Miner<Batch extends Labelled | Views> = (
  batch: Batch,
  key?: MiningKey,
) => Mined<Batch> | Promise<Mined<Batch>>;
