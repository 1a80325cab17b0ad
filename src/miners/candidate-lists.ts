import type { Views } from '../core/batches.ts';
import { checkEqual, refuse } from '../core/check.ts';
import { row } from '../core/matrix.ts';
import { random } from '../core/random.ts';
import { checkViews } from '../kernels/check-views.ts';
import type { Searchable } from '../neighbors/flat.ts';
import { type Asked, queriesOf, similarity } from './asked.ts';
import type { Candidates, FilteredQuery, Verdict } from './candidate-filter.ts';
import { candidateSource } from './candidate-source.ts';
import { guideScoreOf, judged } from './judged.ts';
import type { MiningKey } from './miner.ts';
import { checkedMining, firstLook, type Mining, type MiningOptions } from './mining-options.ts';
import { wholeWindow, withWindow } from './whole-window.ts';

/** One anchor's candidates, best first, and what became of each. */
export interface CandidateList {
  /** what the anchor's own positive scores */
  readonly positiveScore: number;
  /** what the margins were taken from: the same, or the least of whatever is right */
  readonly marginScore: number;
  readonly candidates: Candidates;
  readonly verdicts: readonly Verdict[];
}

/**
 * Finds candidates for each anchor, filters them and draws from what is left. For the anchors that are short, and for no others, it
 * looks at twice as many candidates, until they are not or the budget is spent. To explain, what is right, of its class or too near is
 * listed too where a search would leave it out, as far as a window goes that leaves nothing out.
 *
 * @throws RangeError if an option is none; when it mines, if the views do not fit or lack ids or what an option needs
 */
export function candidateLists(
  where: string,
  index: Searchable,
  options: MiningOptions,
): (views: Views, key?: MiningKey, explain?: boolean) => Promise<readonly CandidateList[]> {
  const mining = checkedMining(where, options);
  const { filter, wanted, budget } = mining;

  return async (views, key, explain = false) => {
    checkViews(where, views);
    const { queryIds, step = 0 } = key ?? {};
    if (queryIds !== undefined) checkEqual(where, 'queryIds.length', queryIds.length, views.anchors.rows);
    const { queries, own } = await queriesAsked(where, index, mining, views, queryIds);
    const asked: Asked = {
      views,
      queryIds,
      right: queries.map(({ positive, known = [] }) => Uint32Array.of(positive, ...Array.from(known))),
      ceilings: Float64Array.from(queries, ({ positiveScore }) => filter.ceiling(positiveScore)),
    };
    const source = candidateSource(where, index, mining, asked);
    const lists: CandidateList[] = [];
    let short = Array.from(queries.keys());
    for (
      let count = firstLook(mining, source.passesOver);
      short.length > 0;
      count = Math.min(2 * count, budget)
    ) {
      const found = await judged(where, mining, asked, short, await source.find(short, count));
      short = short.filter((i, a) => {
        const verdicts = filter.verdicts(queries[i], found[a]);
        lists[i] = {
          positiveScore: own[i],
          marginScore: queries[i].positiveScore,
          candidates: found[a],
          verdicts,
        };
        const left = verdicts.filter((verdict) => verdict === 'kept').length;
        return left < wanted && !isAll(found[a], count, mining);
      });
    }
    const done = lists.map((list, i) => drawn(where, mining, list, step, queryIds?.[i]));
    const { everyCandidate, candidates, rescore } = mining;
    if (!explain || everyCandidate || candidates !== 'vectors' || rescore !== undefined) return done;
    const windows = await judged(
      where,
      mining,
      asked,
      Array.from(queries.keys()),
      await wholeWindow(index, mining, views, queries),
    );
    return done.map((list, i) => ({
      ...list,
      ...withWindow(list, windows[i], filter.verdicts(queries[i], windows[i])),
    }));
  };
}

/** Whether looking deeper can give no more. */
function isAll(
  { ids, ranks, scores }: Candidates,
  count: number,
  { budget, filter, everyCandidate, candidates, rescore }: Mining,
): boolean {
  if (everyCandidate || count >= budget || ids.length < count) return true;
  if (rescore !== undefined || candidates !== 'vectors') return count >= filter.rangeMax;
  const last = ids.length - 1;
  // what comes after is farther, and scores no more
  return ranks[last] >= filter.rangeMax || scores[last] < filter.minScore;
}

/** The same with `not-drawn` for what was kept and is not needed. */
function drawn(
  where: string,
  { take, wanted, negatives, seed }: Mining,
  list: CandidateList,
  step: number,
  query?: number,
): CandidateList {
  const kept = Array.from(list.verdicts.keys()).filter((c) => list.verdicts[c] === 'kept');
  const from = kept.slice(0, wanted);
  const places = take(
    from.map((c) => list.candidates.scores[c]),
    negatives,
    () =>
      random(seed, step, query ?? refuse(where, 'draws need to know which queries the anchors are', 'none')),
  );
  const chosen = new Set(places.map((place) => from[place]));
  const verdicts = list.verdicts.map((verdict, c) =>
    verdict === 'kept' && !chosen.has(c) ? 'not-drawn' : verdict,
  );
  return { ...list, verdicts };
}

/** What each anchor's candidates are set against, and what its own positive scores. */
async function queriesAsked(
  where: string,
  index: Searchable,
  { positive, rescore, guide }: Mining,
  views: Views,
  queryIds?: Uint32Array,
): Promise<{ readonly queries: readonly FilteredQuery[]; readonly own: Float64Array }> {
  const { anchors, positives, labels, known } = views;
  const ids = views.ids ?? refuse(where, 'views must have ids', 'none');
  const knownTo = (i: number): Uint32Array =>
    known === undefined ? new Uint32Array() : known.ids.subarray(known.offsets[i], known.offsets[i + 1]);
  const scoresOf = async (
    itemsOf: (i: number) => Uint32Array,
    rowsOf: (i: number) => readonly Float32Array[],
  ) => {
    if (rescore === undefined) {
      return Array.from(ids, (_, i) =>
        rowsOf(i).map((item) => similarity(index.distance, row(anchors, i), item)),
      );
    }
    const queries = queriesOf(where, queryIds);
    const pairs = Array.from(ids, (_, i) =>
      Array.from(itemsOf(i), (candidate) => ({ query: queries[i], candidate })),
    );
    const scores = await rescore(pairs.flat());
    let next = 0;
    return pairs.map((own) => own.map(() => scores[next++]));
  };
  const own = await scoresOf(
    (i) => ids.subarray(i, i + 1),
    (i) => [row(positives, i)],
  );
  const further =
    positive === 'own'
      ? own.map(() => [])
      : await scoresOf(knownTo, (i) => {
          const { rows } = index.read(knownTo(i));
          return Array.from({ length: rows.rows }, (_, r) => row(rows, r));
        });
  return {
    own: Float64Array.from(own, ([score]) => score),
    queries: Array.from(ids, (id, i) => ({
      positive: id,
      positiveScore: Math.min(own[i][0], ...further[i]),
      known: knownTo(i),
      label: labels?.[i],
      guideScore: guide && guideScoreOf(where, views, i),
    })),
  };
}
