import { checkOneOf, refuse } from '../core/check.ts';
import { cosine } from '../distances/cosine.ts';
import type { RowDistance } from '../distances/distance.ts';
import type { PairMiner } from './batch-miner.ts';
import type { Anchor } from './each-anchor.ts';
import { farthest, nearest } from './nearest.ts';
import { pairsWithin } from './within-batch.ts';

/** Which of an anchor's positives or negatives: one, by how hard it is, or all. */
export type EasyHardStrategy = (typeof STRATEGIES)[number];

const STRATEGIES = ['easy', 'semihard', 'hard', 'all'] as const;

/** The distances there may be, both ends included. */
export type DistanceRange = readonly [least: number, most: number];

export interface BatchEasyHardOptions {
  /** The nearest, the farthest that is nearer than the chosen negative, the farthest, or all. @default 'easy' */
  readonly positives?: EasyHardStrategy;
  /** The farthest, the nearest that is farther than the chosen positive, the nearest, or all. @default 'semihard' */
  readonly negatives?: EasyHardStrategy;
  /** Positives at other distances are passed over. @default any */
  readonly positiveRange?: DistanceRange;
  /** Negatives at other distances are passed over. @default any */
  readonly negativeRange?: DistanceRange;
  /** pytorch-metric-learning's is `chord`. @default cosine */
  readonly distance?: RowDistance;
}

/**
 * For each row a positive pair and a negative one, in the order of rows; of equally far ones the first. A row has both pairs or none. With
 * 'all' on a side that side has each of its pairs, the other one a row, and neither needs the other.
 *
 * 'hard' and 'hard' are the pairs of `batchHard`, 'easy' and 'semihard' are easy positive mining. In pytorch-metric-learning ranges
 * have no effect on 'all'.
 *
 * @throws RangeError if a strategy is none of its names, both are 'semihard' or one is and the other 'all', a range is not two numbers of
 *   which the first is at most the second, labels or references do not match the rows, or an entry is not finite
 * @see Xuan et al., "Improved embeddings with easy positive triplet mining", 2020, section 3
 */
export function batchEasyHard({
  positives: positiveStrategy = 'easy',
  negatives: negativeStrategy = 'semihard',
  positiveRange = ANY,
  negativeRange = ANY,
  distance = cosine,
}: BatchEasyHardOptions = {}): PairMiner {
  checkOneOf('batchEasyHard', 'positives', positiveStrategy, STRATEGIES);
  checkOneOf('batchEasyHard', 'negatives', negativeStrategy, STRATEGIES);
  const both = [positiveStrategy, negativeStrategy];
  if (both.includes('semihard') && !both.some((each) => each === 'easy' || each === 'hard')) {
    refuse('batchEasyHard', 'beside semihard must be easy or hard', both.join(' and '));
  }
  checkRange('positiveRange', positiveRange);
  checkRange('negativeRange', negativeRange);

  const mayBePositive = within(positiveRange);
  const mayBeNegative = within(negativeRange);
  const positivesOf = ({ away, positives }: Anchor, before = Infinity): Uint32Array => {
    if (positiveStrategy === 'all') return positives.filter((p) => mayBePositive(away[p]));
    if (positiveStrategy === 'easy') return one(nearest(away, positives, mayBePositive));
    return one(farthest(away, positives, (d) => d < before && mayBePositive(d)));
  };
  const negativesOf = ({ away, negatives }: Anchor, past = -Infinity): Uint32Array => {
    if (negativeStrategy === 'all') return negatives.filter((n) => mayBeNegative(away[n]));
    if (negativeStrategy === 'easy') return one(farthest(away, negatives, mayBeNegative));
    return one(nearest(away, negatives, (d) => d > past && mayBeNegative(d)));
  };
  /** A semi-hard one is chosen after the other; where that is missing it has no bound, and in the end no place. */
  const chosen = (anchor: Anchor): readonly [positives: Uint32Array, negatives: Uint32Array] => {
    if (positiveStrategy === 'semihard') {
      const negatives = negativesOf(anchor);
      return [positivesOf(anchor, anchor.away[negatives[0]]), negatives];
    }
    const positives = positivesOf(anchor);
    return [
      positives,
      negativesOf(anchor, negativeStrategy === 'semihard' ? anchor.away[positives[0]] : undefined),
    ];
  };

  return (batch) =>
    pairsWithin('batchEasyHard', batch, distance, (anchor, add) => {
      const [positives, negatives] = chosen(anchor);
      if (!both.includes('all') && (positives.length === 0 || negatives.length === 0)) return;
      add.positives(positives);
      add.negatives(negatives);
    });
}

const ANY: DistanceRange = [-Infinity, Infinity];

function within([least, most]: DistanceRange): (distance: number) => boolean {
  return (distance) => distance >= least && distance <= most;
}

function one(column: number | undefined): Uint32Array {
  return column === undefined ? new Uint32Array(0) : Uint32Array.of(column);
}

function checkRange(name: string, [least, most]: DistanceRange): void {
  if (!(least <= most)) {
    refuse(
      'batchEasyHard',
      `${name} must be two numbers, the first at most the second`,
      `[${least}, ${most}]`,
    );
  }
}
