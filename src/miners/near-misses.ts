import { type IdLists, idLists, type Views } from '../core/batches.ts';
import { checkWhole, refuse } from '../core/check.ts';
import { row } from '../core/matrix.ts';
import { checkViews } from '../kernels/check-views.ts';
import { similarityAt } from '../distances/distance.ts';
import type { NeighborIndex } from '../neighbors/neighbor-index.ts';
import type { Miner } from './miner.ts';

export interface NearMissOptions {
  /** How many of the nearest rows are looked at. @default 64 */
  readonly lookAt?: number;
  /** How many of them an anchor is given at most, the nearest first. @default 4 */
  readonly keep?: number;
  /**
   * How close a negative may come, as a share of the positive's similarity: nearer ones are likely unjudged
   * positives and are passed over. 1 passes over what is nearer than the positive itself; Infinity keeps all.
   * @default 0.95
   */
  readonly below?: number;
}

/**
 * The stored rows that an anchor is most easily confused with: the nearest that are not its positive (by `ids`) or `known` to
 * be right, not of its label (by `labels`, which the index knows as classes), and not so near that they are likely right.
 *
 * A negative of similarity s is kept when s <= p - |p| (1 - below), p the positive's similarity: 1 - d by cosine, -d by other
 * distances. (NV-Retriever's TopK-PercPos; sentence-transformers' relative_margin is 1 - below, sign-safe alike.) An
 * anchor may be left with fewer than `keep`, or none: `owned` says how many each has.
 *
 * @throws RangeError if lookAt or keep is not a whole number >= 1, below is not a number >= 0, the views'
 *   shapes do not fit one another, or they come without ids
 * @see Moreira et al., "NV-Retriever", 2024, section 3.3
 */
export function nearMisses(
  index: NeighborIndex,
  { lookAt = 64, keep = 4, below = 0.95 }: NearMissOptions = {},
): Miner<Views> {
  checkWhole('nearMisses', 'lookAt', lookAt, 1);
  checkWhole('nearMisses', 'keep', keep, 1);
  if (!(below >= 0)) refuse('nearMisses', 'below must be a number >= 0', below);
  const { distance } = index;

  return async (views) => {
    checkViews('nearMisses', views);
    const { anchors, positives, ids, labels } = views;
    if (ids === undefined) return refuse('nearMisses', 'views must have ids', ids);
    const exclude = { perQuery: rightFor(ids, views.known), queryClass: labels };
    const neighbors = await index.search(anchors, lookAt, { exclude });

    const owned = new Uint32Array(anchors.rows);
    const kept: number[] = [];
    for (let i = 0; i < anchors.rows; i++) {
      const positive = similarityAt(distance, distance.between(row(anchors, i), row(positives, i)));
      const most = below === Infinity ? Infinity : positive - Math.abs(positive) * (1 - below);
      for (let e = i * lookAt; e < i * lookAt + neighbors.found[i] && owned[i] < keep; e++) {
        if (similarityAt(distance, neighbors.distances[e]) > most) continue;
        kept.push(e);
        owned[i]++;
      }
    }
    const negativeIds = Uint32Array.from(kept, (e) => neighbors.ids[e]);
    const { rows, classes } = index.read(negativeIds);
    return {
      ...views,
      negatives: rows,
      owned,
      negativeIds,
      negativeLabels: labels && classes,
      negativeDistances: Float32Array.from(kept, (e) => neighbors.distances[e]),
      negativeRanks: Uint32Array.from(kept, (e) => (e % lookAt) + 1),
    };
  };
}

/** Each anchor's positive and whatever else is known to be right for it. */
function rightFor(ids: Uint32Array, known?: IdLists): IdLists {
  if (known === undefined) return { offsets: Uint32Array.from({ length: ids.length + 1 }, (_, i) => i), ids };
  const lists = Array.from(ids, (id, i) => [
    id,
    ...known.ids.subarray(known.offsets[i], known.offsets[i + 1]),
  ]);
  return idLists(lists);
}
