import { checkWhole } from '../core/check.ts';
import { firstColumn, relativesIn } from '../core/relatives.ts';
import { checkLabelled } from '../kernels/check-labelled.ts';
import type { WithTriplets } from './batch-miner.ts';
import { drawsOf, someOf, type Stepped } from './draws.ts';
import { tripletList } from './tuple-lists.ts';

export interface UniformTripletsOptions {
  /** How many triplets a row has, if there are as many. */
  readonly tuplesPerAnchor: number;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * So many different triplets of each row, each as likely as any other, in the order of rows, positives and negatives; a row of which there
 * are no more has them all. They depend on the seed, the batch's `step` and the row's number, not on what was mined before.
 *
 * (pytorch-metric-learning draws each anew, so that one may come twice.)
 *
 * @throws RangeError if tuplesPerAnchor is not a whole number >= 1, seed or step is not a whole number >= 0, labels or references do not
 *   match the rows, or an entry is not finite
 */
export function uniformTriplets({
  tuplesPerAnchor,
  seed = 0,
}: UniformTripletsOptions): <Batch extends Stepped>(batch: Batch) => WithTriplets<Batch> {
  checkWhole('uniformTriplets', 'tuplesPerAnchor', tuplesPerAnchor, 1);
  checkWhole('uniformTriplets', 'seed', seed);
  return (batch) => {
    checkLabelled('uniformTriplets', batch);
    const draws = drawsOf('uniformTriplets', batch, seed);
    const relativesOf = relativesIn(batch);
    const chosen = tripletList(firstColumn(batch));
    for (let i = 0; i < batch.labels.length; i++) {
      const { positives, negatives } = relativesOf(i);
      const { below } = draws(i);
      // a triplet by its place among the row's
      const places = someOf(
        positives.length * negatives.length,
        tuplesPerAnchor,
        () => below(positives.length) * negatives.length + below(negatives.length),
      );
      for (const place of places) {
        const [p, n] = [Math.floor(place / negatives.length), place % negatives.length];
        chosen.add(i, positives[p], negatives.subarray(n, n + 1));
      }
    }
    return { ...batch, triplets: chosen.triplets(), pairs: undefined };
  };
}
