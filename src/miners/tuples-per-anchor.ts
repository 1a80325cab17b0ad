import type { RowPairs, Triplets } from '../core/batches.ts';
import { checkEqual, checkRowNumbers, checkWhole, refuse } from '../core/check.ts';
import type { Random } from '../core/random.ts';
import { checkLabelled } from '../kernels/check-labelled.ts';
import { drawsOf, someOf, type Stepped } from './draws.ts';

export interface TuplesPerAnchorOptions {
  /** How many triplets of an anchor are kept, or how many of its positive pairs and how many of its negative ones. */
  readonly most: number;
  /** @default 0 */
  readonly seed?: number;
}

const WHERE = 'tuplesPerAnchor';

/**
 * So many of each anchor's triplets or pairs of those that a batch carries, drawn evenly, in their order: after any other miner,
 * `tuplesPerAnchor({ most: 10 })(mine(batch))`. An anchor that has no more keeps them all. Draws depend on the seed, the batch's `step` and
 * the anchor's number, not on what was mined before.
 *
 * @throws RangeError if most is not a whole number >= 1, seed or step is not a whole number >= 0, the batch carries neither triplets nor
 *   pairs, their lists differ in length or name an anchor that is no row, labels or references do not match the rows, or an entry is not
 *   finite
 */
export function tuplesPerAnchor({
  most,
  seed = 0,
}: TuplesPerAnchorOptions): <Batch extends Stepped>(batch: Batch) => Batch {
  checkWhole(WHERE, 'most', most, 1);
  checkWhole(WHERE, 'seed', seed);
  return (batch) => {
    checkLabelled(WHERE, batch);
    const { labels, triplets, pairs } = batch;
    const draws = drawsOf(WHERE, batch, seed);
    const fewer = (name: string, { anchors, others }: RowPairs, part: number): RowPairs => {
      checkEqual(WHERE, `pairs.${name}.others.length`, others.length, anchors.length);
      checkRowNumbers(WHERE, `pairs.${name}.anchors`, anchors, labels.length);
      const kept = fewerOf(anchors, labels.length, most, (anchor) => draws(anchor, part));
      return { anchors: kept.map((t) => anchors[t]), others: kept.map((t) => others[t]) };
    };
    if (pairs !== undefined) {
      const [positives, negatives] = [
        fewer('positives', pairs.positives, 0),
        fewer('negatives', pairs.negatives, 1),
      ];
      return { ...batch, pairs: { positives, negatives } };
    }
    if (triplets === undefined) return refuse(WHERE, 'batch must have triplets or pairs', 'neither');
    checkTriplets(triplets, labels.length);
    const kept = fewerOf(triplets.anchors, labels.length, most, draws);
    return {
      ...batch,
      triplets: {
        anchors: kept.map((t) => triplets.anchors[t]),
        positives: kept.map((t) => triplets.positives[t]),
        negatives: kept.map((t) => triplets.negatives[t]),
      },
    };
  };
}

function checkTriplets({ anchors, positives, negatives }: Triplets, rows: number): void {
  checkEqual(WHERE, 'triplets.positives.length', positives.length, anchors.length);
  checkEqual(WHERE, 'triplets.negatives.length', negatives.length, anchors.length);
  checkRowNumbers(WHERE, 'triplets.anchors', anchors, rows);
}

/** Which tuples of some anchors are kept, in order. */
function fewerOf(
  anchors: Uint32Array,
  rows: number,
  most: number,
  draws: (anchor: number) => Random,
): Uint32Array {
  // where each anchor's tuples begin among those put in order of anchors
  const starts = new Uint32Array(rows + 1);
  for (const anchor of anchors) starts[anchor + 1]++;
  for (let i = 0; i < rows; i++) starts[i + 1] += starts[i];
  const byAnchor = new Uint32Array(anchors.length);
  const next = starts.slice(0, rows);
  anchors.forEach((anchor, t) => (byAnchor[next[anchor]++] = t));
  const kept: number[] = [];
  for (let i = 0; i < rows; i++) {
    const count = starts[i + 1] - starts[i];
    const { below } = draws(i);
    for (const place of someOf(count, most, () => below(count))) kept.push(byAnchor[starts[i] + place]);
  }
  return Uint32Array.from(kept).sort();
}
