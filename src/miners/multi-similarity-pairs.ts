import { checkFinite } from '../core/check.ts';
import { cosine } from '../distances/cosine.ts';
import type { RowDistance } from '../distances/distance.ts';
import type { PairMiner } from './batch-miner.ts';
import { farthest, nearest } from './nearest.ts';
import { pairsWithin } from './within-batch.ts';

export interface MultiSimilarityPairsOptions {
  /** By how much the nearest of the one kind may miss the farthest of the other. @default 0.1 */
  readonly epsilon?: number;
  /** @default cosine */
  readonly distance?: RowDistance;
}

/**
 * The positives that are less than `epsilon` nearer than the nearest negative, or farther, and the negatives that are less than `epsilon`
 * farther than the farthest positive, or nearer, of each row, in order. A row without a positive or without a negative has no pairs.
 *
 * @throws RangeError if epsilon is not a finite number, labels or references do not match the rows, or an entry is not finite
 * @see Wang et al., "Multi-similarity loss with general pair weighting for deep metric learning", 2019, eq. 11 and 12
 */
export function multiSimilarityPairs({
  epsilon = 0.1,
  distance = cosine,
}: MultiSimilarityPairsOptions = {}): PairMiner {
  checkFinite('multiSimilarityPairs', 'epsilon', epsilon);
  return (batch) =>
    pairsWithin('multiSimilarityPairs', batch, distance, ({ away, positives, negatives }, add) => {
      const [far, near] = [farthest(away, positives), nearest(away, negatives)];
      if (far === undefined || near === undefined) return;
      add.positives(positives.filter((p) => away[p] + epsilon > away[near]));
      add.negatives(negatives.filter((n) => away[n] - epsilon < away[far]));
    });
}
