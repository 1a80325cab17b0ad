import type { RowPairs } from '../core/batches.ts';
import { checkWhole } from '../core/check.ts';
import type { Random } from '../core/random.ts';
import { firstColumn } from '../core/relatives.ts';
import { cosine } from '../distances/cosine.ts';
import type { RowDistance } from '../distances/distance.ts';
import { checkLabelled } from '../kernels/check-labelled.ts';
import type { WithPairs } from './batch-miner.ts';
import { drawsOf, type Stepped } from './draws.ts';
import { eachAnchor } from './each-anchor.ts';

export interface UniformHistogramPairsOptions {
  /** How many parts of equal width the distances of each kind of pair are divided into. @default 100 */
  readonly bins?: number;
  /** How many positive pairs are drawn of each part, if there are as many. @default 10 */
  readonly positivesPerBin?: number;
  /** As `positivesPerBin`. @default 10 */
  readonly negativesPerBin?: number;
  /** pytorch-metric-learning's is `chord`. @default cosine */
  readonly distance?: RowDistance;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Pairs drawn so that near and far ones are as many: what lies between the nearest and the farthest positive pair is divided into `bins`,
 * and of each so many different pairs are drawn evenly; so are negative pairs. In the order of rows. Draws depend on the seed and the
 * batch's `step`.
 *
 * (pytorch-metric-learning's UniformHistogramMiner draws each anew, so that one may come twice.)
 *
 * @throws RangeError if bins, positivesPerBin or negativesPerBin is not a whole number >= 1, seed or step is not a whole number >= 0, labels
 *   or references do not match the rows, or an entry is not finite
 */
export function uniformHistogramPairs({
  bins = 100,
  positivesPerBin = 10,
  negativesPerBin = 10,
  distance = cosine,
  seed = 0,
}: UniformHistogramPairsOptions = {}): <Batch extends Stepped>(batch: Batch) => WithPairs<Batch> {
  const where = 'uniformHistogramPairs';
  checkWhole(where, 'bins', bins, 1);
  checkWhole(where, 'positivesPerBin', positivesPerBin, 1);
  checkWhole(where, 'negativesPerBin', negativesPerBin, 1);
  checkWhole(where, 'seed', seed);
  return (batch) => {
    checkLabelled(where, batch);
    const draws = drawsOf(where, batch, seed);
    const first = firstColumn(batch);
    const [ofPositives, ofNegatives] = [range(), range()];
    eachAnchor(batch, distance, ({ away, positives, negatives }) => {
      for (const p of positives) ofPositives.widen(away[p]);
      for (const n of negatives) ofNegatives.widen(away[n]);
    });
    const [drawnPositives, drawnNegatives] = [
      reservoirs(bins, positivesPerBin, (bin) => draws(bin, 0)),
      reservoirs(bins, negativesPerBin, (bin) => draws(bin, 1)),
    ];
    eachAnchor(batch, distance, ({ row, away, positives, negatives }) => {
      for (const p of positives) drawnPositives.show(ofPositives.binOf(away[p], bins), row, first + p);
      for (const n of negatives) drawnNegatives.show(ofNegatives.binOf(away[n], bins), row, first + n);
    });
    return {
      ...batch,
      pairs: { positives: drawnPositives.pairs(), negatives: drawnNegatives.pairs() },
      triplets: undefined,
    };
  };
}

/** From the least to the most of some numbers. */
function range(): { widen(number: number): void; binOf(number: number, bins: number): number } {
  let [least, most] = [Infinity, -Infinity];
  return {
    widen(number) {
      if (number < least) least = number;
      if (number > most) most = number;
    },
    // the last bin has its upper end too; where all numbers are the same they are in the first
    binOf(number, bins) {
      const share = (number - least) / (most - least);
      return share > 0 ? Math.min(bins - 1, Math.floor(bins * share)) : 0;
    },
  };
}

interface Reservoirs {
  show(bin: number, anchor: number, other: number): void;
  /** Of all bins, in the order they were shown. */
  pairs(): RowPairs;
}

/** So many of the pairs that each bin is shown, any as likely (Vitter, "Random sampling with a reservoir", 1985, algorithm R). */
function reservoirs(bins: number, most: number, drawsOf: (bin: number) => Random): Reservoirs {
  const draws = Array.from({ length: bins }, (_, bin) => drawsOf(bin));
  const shown = new Uint32Array(bins);
  const kept = Array.from({ length: bins }, (): (readonly [anchor: number, other: number])[] => []);
  return {
    show(bin, anchor, other) {
      const seen = shown[bin]++;
      const place = seen < most ? seen : draws[bin].below(seen + 1);
      if (place < most) kept[bin][place] = [anchor, other];
    },
    pairs() {
      const inOrder = kept.flat().sort(([a, b], [c, d]) => a - c || b - d);
      return {
        anchors: Uint32Array.from(inOrder, ([anchor]) => anchor),
        others: Uint32Array.from(inOrder, ([, other]) => other),
      };
    },
  };
}
