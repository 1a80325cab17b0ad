import { checkFinite } from '../core/check.ts';
import { cosine } from '../distances/cosine.ts';
import type { RowDistance } from '../distances/distance.ts';
import type { PairMiner } from './batch-miner.ts';
import { pairsWithin } from './within-batch.ts';

export interface MarginPairsOptions {
  /** Positives farther than this are taken. Of a similarity, `cosine.fromScore(similarity)`. @default 0.2 */
  readonly positiveMargin?: number;
  /** Negatives nearer than this are taken. @default 0.8 */
  readonly negativeMargin?: number;
  /** pytorch-metric-learning's is `chord`. @default cosine */
  readonly distance?: RowDistance;
}

/**
 * Every positive pair farther than one margin and every negative pair nearer than another, in the order of rows
 * (pytorch-metric-learning's PairMarginMiner): those with a contrastive loss of these margins.
 *
 * @throws RangeError if a margin is not a finite number, labels or references do not match the rows, or an entry is not finite
 * @see Hadsell et al., "Dimensionality reduction by learning an invariant mapping", 2006, eq. 4 (the margin of negatives)
 */
export function marginPairs({
  positiveMargin = 0.2,
  negativeMargin = 0.8,
  distance = cosine,
}: MarginPairsOptions = {}): PairMiner {
  checkFinite('marginPairs', 'positiveMargin', positiveMargin);
  checkFinite('marginPairs', 'negativeMargin', negativeMargin);
  return (batch) =>
    pairsWithin('marginPairs', batch, distance, ({ away, positives, negatives }, add) => {
      add.positives(positives.filter((p) => away[p] > positiveMargin));
      add.negatives(negatives.filter((n) => away[n] < negativeMargin));
    });
}
