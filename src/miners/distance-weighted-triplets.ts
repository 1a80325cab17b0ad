import { checkWhole, refuse } from '../core/check.ts';
import { countBelow } from '../core/nearest-first.ts';
import { chord } from '../distances/chord.ts';
import type { WithTriplets } from './batch-miner.ts';
import { drawsOf, type Stepped } from './draws.ts';
import { tripletsWithin } from './within-batch.ts';

export interface DistanceWeightedTripletsOptions {
  /** Nearer negatives are as likely as one at this distance, in (0, 2): the weights of the nearest would else swamp the others. @default 0.5 */
  readonly cutoff?: number;
  /** Negatives at this distance or farther, in (0, 2], are not drawn: they would have no loss. @default 1.4 */
  readonly farthest?: number;
  /** How many triplets a row has, each of a positive drawn evenly. @default one of each positive */
  readonly tuplesPerAnchor?: number;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Triplets whose negatives are drawn so that all distances are as likely: each with a weight of 1 / q(d), q(d) ∝ d^(dim - 2)
 * (1 - d² / 4)^((dim - 3) / 2), the density of the distances of evenly spread unit rows. d is the euclidean distance of the rows brought to
 * length 1. In the order of rows, and then of positives or of draws.
 *
 * A row has no triplet without a positive, or without a negative nearer than `farthest`. Draws depend on the seed, the batch's `step` and
 * the row's number, not on what was mined before. Weights are taken relative to each row's largest, so that none has only zeros;
 * in pytorch-metric-learning they are relative to the batch's, and far rows may lose their triplets.
 *
 * @throws RangeError if cutoff is not in (0, 2) or farthest not in (0, 2], tuplesPerAnchor is not a whole number >= 1, seed or step is not a
 *   whole number >= 0, labels or references do not match the rows, or an entry is not finite
 * @see Wu et al., "Sampling matters in deep embedding learning", 2017, section 4; `cutoff` and `farthest` are the authors' code's
 */
export function distanceWeightedTriplets({
  cutoff = 0.5,
  farthest = 1.4,
  tuplesPerAnchor,
  seed = 0,
}: DistanceWeightedTripletsOptions = {}): <Batch extends Stepped>(batch: Batch) => WithTriplets<Batch> {
  const where = 'distanceWeightedTriplets';
  if (!(cutoff > 0 && cutoff < 2)) refuse(where, 'cutoff must be a number in (0, 2)', cutoff);
  if (!(farthest > 0 && farthest <= 2)) refuse(where, 'farthest must be a number in (0, 2]', farthest);
  if (tuplesPerAnchor !== undefined) checkWhole(where, 'tuplesPerAnchor', tuplesPerAnchor, 1);
  checkWhole(where, 'seed', seed);

  return (batch) => {
    const draws = drawsOf(where, batch, seed);
    const dim = batch.embeddings.cols;
    const logWeight = (distance: number): number => {
      const d = Math.max(distance, cutoff);
      return (2 - dim) * Math.log(d) - ((dim - 3) / 2) * Math.log(1 - (d * d) / 4);
    };
    return tripletsWithin(where, batch, chord, ({ row, away, positives, negatives }, add) => {
      const near = negatives.filter((n) => away[n] < farthest);
      if (near.length === 0 || positives.length === 0) return;
      const upTo = new Float64Array(near.length);
      let largest = -Infinity;
      for (let e = 0; e < near.length; e++) {
        upTo[e] = logWeight(away[near[e]]);
        largest = Math.max(largest, upTo[e]);
      }
      let total = 0;
      for (let e = 0; e < near.length; e++) upTo[e] = total += Math.exp(upTo[e] - largest);
      const { uniform, below } = draws(row);
      const drawn = (): Uint32Array => {
        const e = countBelow(upTo, uniform() * total, true);
        return near.subarray(e, e + 1);
      };
      if (tuplesPerAnchor === undefined) {
        for (const p of positives) add(p, drawn());
      } else {
        for (let t = 0; t < tuplesPerAnchor; t++) add(positives[below(positives.length)], drawn());
      }
    });
  };
}
