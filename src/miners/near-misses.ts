import type { Views } from '../core/batches.ts';
import { refuse } from '../core/check.ts';
import { gather } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { flat, type Searchable } from '../neighbors/flat.ts';
import { type CandidateList, candidateLists } from './candidate-lists.ts';
import type { Mined, Miner } from './miner.ts';
import { checkedMining, type MiningOptions } from './mining-options.ts';

/**
 * The stored rows that an anchor is most easily confused with: the nearest that are not its positive (by `ids`) or `known` to be right,
 * not of its label (by `labels`, which the index knows as classes), and not so near that they are likely right, as the filter says.
 *
 * An anchor may be left with fewer than `negatives`, or none: `owned` says how many each has. Where the index can pass over what is
 * too near (`flat` and `queue` can), what is left is found in one search however many rows that is.
 *
 * @throws RangeError if an option is none; when it mines, if the views do not fit, come without ids or without what an option needs
 * @see Moreira et al., "NV-Retriever", 2024, section 3.3
 */
export function nearMisses(index: Searchable, options: MiningOptions = {}): Miner<Views> {
  const listsOf = candidateLists('nearMisses', index, options);
  return async (views, key) => withNegatives(views, await listsOf(views, key), index);
}

export interface BatchMissOptions extends MiningOptions {
  /** @default cosine */
  readonly distance?: Distance;
}

/**
 * The same among the positives of the batch itself: an item that is in it twice is one candidate.
 *
 * @throws RangeError as `nearMisses`
 */
export function batchMisses({ distance = cosine, ...options }: BatchMissOptions = {}): Miner<Views> {
  checkedMining('batchMisses', options);
  return async (views, key) => {
    const index = positivesOf(views, distance);
    return withNegatives(views, await candidateLists('batchMisses', index, options)(views, key), index);
  };
}

/** A batch's positives, each item once: as the first of its rows. */
function positivesOf({ positives, ids, labels }: Views, distance: Distance): Searchable {
  const first = new Map<number, number>();
  const known = ids ?? refuse('batchMisses', 'views must have ids', 'none');
  known.forEach((id, i) => first.has(id) || first.set(id, i));
  const rows = Uint32Array.from(first.values());
  return flat(
    {
      rows: gather(positives, rows),
      ids: Uint32Array.from(first.keys()),
      classes: labels && Int32Array.from(rows, (i) => labels[i]),
    },
    { distance },
  );
}

function withNegatives(views: Views, lists: readonly CandidateList[], index: Searchable): Mined<Views> {
  const kept = lists.flatMap(({ candidates: { ids, scores, ranks }, verdicts }) =>
    Array.from(verdicts.keys())
      .filter((c) => verdicts[c] === 'kept')
      .map((c) => ({ id: ids[c], score: scores[c], rank: ranks[c] })),
  );
  const negativeIds = Uint32Array.from(kept, ({ id }) => id);
  const { rows, classes } = index.read(negativeIds);
  return {
    ...views,
    negatives: rows,
    owned: Uint32Array.from(lists, ({ verdicts }) => verdicts.filter((verdict) => verdict === 'kept').length),
    negativeIds,
    negativeLabels: views.labels && classes,
    negativeScores: Float32Array.from(kept, ({ score }) => score),
    negativeRanks: Uint32Array.from(kept, ({ rank }) => rank),
    positiveScores: Float32Array.from(lists, ({ positiveScore }) => positiveScore),
  };
}
