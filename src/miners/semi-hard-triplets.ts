import { checkOneOf } from '../core/check.ts';
import { nearestFirst } from '../core/nearest-first.ts';
import { semiHardOf } from '../core/semi-hard.ts';
import { cosine } from '../distances/cosine.ts';
import type { RowDistance } from '../distances/distance.ts';
import type { TripletMiner } from './batch-miner.ts';
import { farthest } from './nearest.ts';
import { tripletsWithin } from './within-batch.ts';

export interface SemiHardTripletsOptions {
  /**
   * What a positive is given where no negative is farther than it: nothing, or the farthest there is, as in TensorFlow Addons and
   * sentence-transformers. @default 'none'
   */
  readonly otherwise?: 'none' | 'farthest';
  /** @default cosine */
  readonly distance?: RowDistance;
}

/**
 * For each row and each of its positives the nearest negative that is farther than the positive, of several the first; in the order of
 * rows and then of positives.
 *
 * Semi-hard has three meanings. This is FaceNet's without the margin, past which a triplet has no loss. pytorch-metric-learning's
 * miner of triplets takes all negatives between the positive and the margin: `marginTriplets({ kind: 'semihard' })`. TensorFlow
 * Similarity has one triplet a row, of its farthest positive: `batchEasyHard({ positives: 'hard' })`, but for rows without a semi-hard
 * negative, which have the farthest there.
 *
 * @throws RangeError if otherwise is none of its names, labels or references do not match the rows, or an entry is not finite
 * @see Schroff et al., "FaceNet", 2015, eq. 4
 */
export function semiHardTriplets({
  otherwise = 'none',
  distance = cosine,
}: SemiHardTripletsOptions = {}): TripletMiner {
  checkOneOf('semiHardTriplets', 'otherwise', otherwise, ['none', 'farthest']);
  return (batch) =>
    tripletsWithin('semiHardTriplets', batch, distance, ({ away, positives, negatives }, add) => {
      const last = otherwise === 'farthest' ? farthest(away, negatives) : undefined;
      const sorted = nearestFirst(away, positives, 1);
      const found = semiHardOf(away, sorted, negatives, 1);
      const negativeOf = new Map(Array.from(sorted, (p, q) => [p, found[q] ?? last]));
      for (const p of positives) {
        const n = negativeOf.get(p);
        if (n !== undefined) add(p, Uint32Array.of(n));
      }
    });
}
