import type { Triplets } from '../core/batches.ts';
import { checkOneOf, refuse } from '../core/check.ts';
import { firstColumn, relativesIn } from '../core/relatives.ts';
import { batchDistances } from '../distances/batch-distances.ts';
import { squaredChord } from '../distances/squared-chord.ts';
import { squaredEuclidean } from '../distances/squared-euclidean.ts';
import { checkLabelled } from '../kernels/check-labelled.ts';
import type { TripletMiner } from './batch-miner.ts';
import { type Anchor, BLOCK, distancesFrom } from './each-anchor.ts';
import { joined, tripletList } from './tuple-lists.ts';

export interface AngularTripletsOptions {
  /** In degrees, in (0, 90). @default 20 */
  readonly angle?: number;
  /** Whether rows are brought to length 1 first. pytorch-metric-learning 2 leaves them as they are. @default 'unit' */
  readonly rows?: 'unit' | 'raw';
}

/**
 * Every triplet whose angle at the negative is greater than `angle`, in the order of rows, positives and negatives: its tangent is
 * |a - p| / (2 |n - c|) with c = (a + p) / 2. A negative at c itself is at 90°, also where a, p and n are one.
 *
 * (There pytorch-metric-learning adds 1e-6 to every difference and finds 26.6°.)
 *
 * @throws RangeError if angle is not between 0 and 90, rows is none of its names, labels or references do not match the rows, or an entry
 *   is not finite
 * @see Wang et al., "Deep metric learning with angular loss", 2017, section 3
 */
export function angularTriplets({ angle = 20, rows = 'unit' }: AngularTripletsOptions = {}): TripletMiner {
  if (!(angle > 0 && angle < 90)) {
    refuse('angularTriplets', 'angle must be a number of degrees in (0, 90)', angle);
  }
  checkOneOf('angularTriplets', 'rows', rows, ['unit', 'raw']);
  const squaredTangent = Math.tan((angle * Math.PI) / 180) ** 2;

  return (batch) => {
    checkLabelled('angularTriplets', batch);
    const { labels, references } = batch;
    const squares = batchDistances(rows === 'unit' ? squaredChord : squaredEuclidean, batch);
    const relativesOf = relativesIn(batch);
    const first = firstColumn(batch);
    const found: Triplets[] = [];
    const wide = new Uint32Array(labels.length + (references?.labels.length ?? 0));
    // those of a label together, since the distances of their positives count too
    const byLabel = Uint32Array.from(labels.keys()).sort((i, j) => labels[i] - labels[j]);
    for (let start = 0; start < byLabel.length; start += BLOCK) {
      const block = Array.from(distancesFrom(byLabel.subarray(start, start + BLOCK), squares), (from) => ({
        ...from,
        ...relativesOf(from.row),
        chosen: tripletList(first),
      }));
      const others = new Set(block.flatMap(({ positives }) => [...positives]));
      const positives = Uint32Array.from(others, (p) => first + p).sort();
      for (const { row, away } of distancesFrom(positives, squares)) {
        for (const anchor of block) {
          if (!anchor.positives.includes(row - first)) continue;
          const count = wideAngled(anchor, row - first, away, squaredTangent, wide);
          anchor.chosen.add(anchor.row, row - first, wide.subarray(0, count));
        }
      }
      for (const { row, chosen } of block) found[row] = chosen.triplets();
    }
    return { ...batch, triplets: joined(found), pairs: undefined };
  };
}

/** Writes down the negatives at a wider angle than one of a tangent, and says how many; distances are squared. */
function wideAngled(
  { away, negatives }: Anchor,
  p: number,
  fromPositive: Float64Array,
  squaredTangent: number,
  found: Uint32Array,
): number {
  let count = 0;
  for (let t = 0; t < negatives.length; t++) {
    const n = negatives[t];
    // half the way from a to p: the length of a median, by Apollonius
    const fromCenter = (away[n] + fromPositive[n]) / 2 - away[p] / 4;
    if (fromCenter <= 0 || away[p] > 4 * squaredTangent * fromCenter) found[count++] = n;
  }
  return count;
}
