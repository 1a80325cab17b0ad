import { checkFinite, checkOneOf } from '../core/check.ts';
import { cosine } from '../distances/cosine.ts';
import type { RowDistance } from '../distances/distance.ts';
import type { TripletMiner } from './batch-miner.ts';
import { farthest, nearest } from './nearest.ts';
import { tripletsWithin } from './within-batch.ts';

export interface MarginTripletsOptions {
  /** How much farther than the positive a negative must be, in units of `distance`. @default 0.2 */
  readonly margin?: number;
  /**
   * 'all' that violate the margin; of these the 'hard' ones, whose negative is no farther than the positive, or the 'semihard' ones, whose
   * negative is farther; or 'easy': those that do not violate it. @default 'all'
   */
  readonly kind?: 'all' | 'hard' | 'semihard' | 'easy';
  /** pytorch-metric-learning's is `chord`. @default cosine */
  readonly distance?: RowDistance;
}

/**
 * Every triplet with d(a, n) - d(a, p) <= margin, or those of another kind, in the order of rows, positives and negatives
 * (pytorch-metric-learning's TripletMarginMiner). There may be rows × positives × negatives of them.
 *
 * @throws RangeError if margin is not a finite number, kind is none of its names, labels or references do not match the rows, or an entry
 *   is not finite
 * @see Schroff et al., "FaceNet", 2015, section 3.2
 */
export function marginTriplets({
  margin = 0.2,
  kind = 'all',
  distance = cosine,
}: MarginTripletsOptions = {}): TripletMiner {
  checkFinite('marginTriplets', 'margin', margin);
  checkOneOf('marginTriplets', 'kind', kind, ['all', 'hard', 'semihard', 'easy']);
  // how much farther the negative is
  const [past, upTo] = {
    all: [-Infinity, margin],
    hard: [-Infinity, Math.min(0, margin)],
    semihard: [0, margin],
    easy: [margin, Infinity],
  }[kind];
  return (batch) =>
    tripletsWithin('marginTriplets', batch, distance, ({ away, positives, negatives }, add) => {
      const [near, far] = [nearest(away, negatives), farthest(away, negatives)];
      if (near === undefined || far === undefined) return;
      const found = new Uint32Array(negatives.length);
      for (const p of positives) {
        if (away[near] - away[p] > upTo || away[far] - away[p] <= past) continue;
        let count = 0;
        for (let t = 0; t < negatives.length; t++) {
          const farther = away[negatives[t]] - away[p];
          if (farther > past && farther <= upTo) found[count++] = negatives[t];
        }
        add(p, found.subarray(0, count));
      }
    });
}
