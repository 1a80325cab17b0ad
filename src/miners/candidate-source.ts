import { idLists } from '../core/batches.ts';
import { gather, row } from '../core/matrix.ts';
import { similarityAt } from '../distances/distance.ts';
import type { Exclusion } from '../kernels/kernels.ts';
import type { Searchable } from '../neighbors/flat.ts';
import type { Neighbors } from '../neighbors/neighbor-index.ts';
import { type Asked, queriesOf, similarity } from './asked.ts';
import type { Candidates } from './candidate-filter.ts';
import type { Mining, WordSearch } from './mining-options.ts';

export interface CandidateSource {
  /** Whether rows above an anchor's ceiling are passed over, and are no candidates. */
  readonly passesOver: boolean;
  /** The best candidates of some of the anchors: so many of each, or all there are. */
  find(anchors: readonly number[], count: number): Promise<readonly Candidates[]>;
}

/** By vectors, by words, or by both in turn, as the options say. */
export function candidateSource(
  where: string,
  index: Searchable,
  mining: Mining,
  asked: Asked,
): CandidateSource {
  const { candidates, words } = mining;
  const vectors = byVectors(index, mining, asked);
  if (candidates === 'vectors' || words === undefined) return vectors;
  const worded = byWords(where, index, mining, asked, words);
  if (candidates === 'words') return worded;
  return {
    passesOver: false,
    async find(anchors, count) {
      const near = await vectors.find(anchors, count);
      const found = await worded.find(anchors, count);
      return near.map((list, a) => inTurn(list, found[a], count));
    },
  };
}

function byVectors(index: Searchable, mining: Mining, { views, right, ceilings }: Asked): CandidateSource {
  const { everyCandidate, filter, rescore, candidates } = mining;
  const { labels, anchors } = views;
  const byClass = filter.sameClass === 'drop' && labels !== undefined;
  const passesOver =
    index.searchBelow !== undefined &&
    !everyCandidate &&
    rescore === undefined &&
    candidates === 'vectors' &&
    ceilings.some((ceiling) => ceiling < Infinity);
  return {
    passesOver,
    async find(some, count) {
      const queries = some.length === anchors.rows ? anchors : gather(anchors, some);
      const exclude: Exclusion | undefined = everyCandidate
        ? undefined
        : {
            perQuery: idLists(some.map((i) => Array.from(right[i]))),
            queryClass: byClass ? Int32Array.from(some, (i) => labels[i]) : undefined,
          };
      if (passesOver && index.searchBelow !== undefined) {
        const limits = Float64Array.from(some, (i) => ceilings[i]);
        const { similarities, passed, ...found } = await index.searchBelow(queries, count, limits, exclude);
        return listsOf(found, similarities, passed);
      }
      const found = await index.search(queries, count, { exclude });
      const lists = listsOf(
        found,
        Float64Array.from(found.distances, (far) => similarityAt(index.distance, far)),
      );
      return everyCandidate && byClass
        ? lists.map((list) => ({ ...list, classes: index.read(list.ids).classes }))
        : lists;
    },
  };
}

/** Each query's part of what was found: views. */
function listsOf({ k, ids, found }: Neighbors, scores: Float64Array, passed?: Uint32Array): Candidates[] {
  const ranks = ids.map((_, e) => (passed?.[Math.floor(e / k)] ?? 0) + (e % k) + 1);
  return Array.from(found, (count, q) => ({
    ids: ids.subarray(q * k, q * k + count),
    scores: scores.subarray(q * k, q * k + count),
    ranks: ranks.subarray(q * k, q * k + count),
  }));
}

function byWords(
  where: string,
  index: Searchable,
  { everyCandidate, filter }: Mining,
  { views, right, queryIds }: Asked,
  words: WordSearch,
): CandidateSource {
  const ids = queriesOf(where, queryIds);
  const { distance } = index;
  const { anchors, labels } = views;
  const byClass = filter.sameClass === 'drop' && labels !== undefined;

  const listed = (i: number, found: Uint32Array, count: number): Candidates => {
    const { rows, classes } = index.read(found);
    const given = Array.from(found.keys()).filter((c) => {
      if (everyCandidate) return true;
      return !right[i].includes(found[c]) && !(byClass && classes?.[c] === labels[i]);
    });
    const kept = given.slice(0, count);
    return {
      ids: Uint32Array.from(kept, (c) => found[c]),
      scores: Float64Array.from(kept, (c) => similarity(distance, row(anchors, i), row(rows, c))),
      ranks: Uint32Array.from(kept, (_, place) => place + 1),
      classes: byClass && classes ? Int32Array.from(kept, (c) => classes[c]) : undefined,
    };
  };
  return {
    passesOver: false,
    async find(some, count) {
      const queries = Uint32Array.from(some, (i) => ids[i]);
      // some of what is found may not be given: then more is asked for, until there is no more
      for (let asked = count; ; asked *= 2) {
        const found = await words(queries, asked);
        const lists = some.map((i, q) => listed(i, found[q], count));
        if (lists.every((list, q) => list.ids.length === count || found[q].length < asked)) return lists;
      }
    },
  };
}

/** The first of one list, the first of the other, and so on, each item where it comes first; ranks count it so. */
function inTurn(one: Candidates, other: Candidates, count: number): Candidates {
  const seen = new Map<number, { readonly from: Candidates; readonly at: number }>();
  for (let at = 0; at < Math.max(one.ids.length, other.ids.length); at++) {
    for (const from of [one, other]) {
      if (at < from.ids.length && !seen.has(from.ids[at])) seen.set(from.ids[at], { from, at });
    }
  }
  const merged = [...seen.values()].slice(0, count);
  return {
    ids: Uint32Array.from(merged, ({ from, at }) => from.ids[at]),
    scores: Float64Array.from(merged, ({ from, at }) => from.scores[at]),
    ranks: Uint32Array.from(merged, (_, place) => place + 1),
    classes: other.classes && Int32Array.from(merged, ({ from, at }) => from.classes?.[at] ?? -1),
  };
}
