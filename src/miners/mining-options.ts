import { checkOneOf, checkWhole, refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { type CandidateFilter, candidateFilter, type FilterOfCandidates } from './candidate-filter.ts';
import { draw, type DrawOptions } from './draw.ts';
import type { QueryAndCandidate } from './rescoring.ts';

export interface MiningOptions extends CandidateFilter, DrawOptions {
  /** Negatives an anchor is given at most. @default 4 */
  readonly negatives?: number;
  /**
   * Candidates that are looked at for one anchor, at most. Where those looked at leave fewer than are wanted, twice as many are, for the
   * anchors that are short alone. What a search passes over as too near is not looked at. @default 1024, or rangeMax where that is more
   */
  readonly budget?: number;
  /** Of draws, beside the query's id and the step. @default 0 */
  readonly seed?: number;
  /**
   * Whose score margins are taken from, where several items are right for a query: the anchor's own positive's, or the least of all
   * that are known. @default 'own'
   */
  readonly positive?: 'own' | 'min';
  /**
   * Where candidates come from: the index, the words of the query, or both in turn, the nearest of each first. Those found by
   * their words score what the index says of them too. @default 'vectors'
   */
  readonly candidates?: 'vectors' | 'words' | 'both';
  /** What finds candidates by words. */
  readonly words?: WordSearch;
  /** Scores that take the place of similarities, in every filter and in what is best: a cross-encoder's, by way of `rescoring`. */
  readonly rescore?: (pairs: readonly QueryAndCandidate[]) => Promise<ArrayLike<number>>;
  /** What a guide model makes of the items of these ids; views then carry its `guide.anchors` and `guide.positives`. */
  readonly guide?: (ids: Uint32Array) => Matrix | Promise<Matrix>;
  /**
   * Mines as `mine_hard_negatives` of sentence-transformers 6 does. `rank` is 'filtered', `positive` 'min', `sameClass` 'keep' and
   * `relativeMargin` 'none' unless said otherwise. `rangeMax` is rangeMin + 10 negatives + mostPositives where there is a margin or
   * a maxScore, and rangeMin + negatives + mostPositives where there is none; what is right for the query takes places among the
   * rangeMax + mostPositives candidates, and nothing is looked at beyond them. `rescore` is asked only where there is a margin or a
   * maxScore.
   */
  readonly compat?: 'sentence-transformers';
  /** Of `compat`: the most items that are right for any query. @default 1 */
  readonly mostPositives?: number;
}

/** Ids of the documents whose words are nearest to each query's, the nearest first, at most `count` of them. */
export type WordSearch = (queryIds: Uint32Array, count: number) => Promise<readonly Uint32Array[]>;

/** The same, checked, with what follows from it. */
export interface Mining extends MiningOptions {
  readonly negatives: number;
  readonly budget: number;
  readonly seed: number;
  readonly positive: 'own' | 'min';
  readonly candidates: 'vectors' | 'words' | 'both';
  readonly filter: FilterOfCandidates;
  readonly take: ReturnType<typeof draw>;
  /** how many candidates that pass every filter are looked for: those drawn from */
  readonly wanted: number;
  /** Whether what may not be given takes places among the candidates. */
  readonly everyCandidate: boolean;
}

/** @throws RangeError if an option is none, or one that it needs is missing */
export function checkedMining(where: string, options: MiningOptions): Mining {
  const asked = options.compat === undefined ? options : likeSentenceTransformers(where, options);
  const { negatives = 4, seed = 0, positive = 'own', candidates = 'vectors', sampling = 'top' } = asked;
  checkWhole(where, 'negatives', negatives, 1);
  const filter = candidateFilter(where, asked);
  const { rangeMin, rangeMax } = filter;
  const { budget = rangeMax === Infinity ? 1024 : Math.max(1024, rangeMax) } = asked;
  checkWhole(where, 'budget', budget, 1);
  checkOneOf(where, 'positive', positive, ['own', 'min']);
  checkOneOf(where, 'candidates', candidates, ['vectors', 'words', 'both']);
  if (rangeMax < rangeMin + negatives)
    refuse(where, `rangeMax must be at least rangeMin + negatives, ${rangeMin + negatives}`, rangeMax);
  if (candidates !== 'vectors' && asked.words === undefined)
    refuse(where, `words must be given where candidates is '${candidates}'`, 'none');
  const everyCandidate = asked.compat !== undefined;
  const drawnFrom = rangeMax === Infinity ? 10 * negatives : Infinity;
  const wanted = sampling === 'top' ? negatives : drawnFrom;
  return {
    ...asked,
    negatives,
    budget,
    seed,
    positive,
    candidates,
    filter,
    take: draw(where, asked),
    wanted,
    everyCandidate,
  };
}

/** How many candidates are looked at first: as many as filters are likely to leave enough of. */
export function firstLook(mining: Mining, passesOver: boolean): number {
  const { filter, negatives, wanted, everyCandidate, mostPositives = 1, budget, guide } = mining;
  const { rangeMin, rangeMax } = filter;
  if (everyCandidate) return rangeMax + mostPositives;
  const likely = (filter.scores && !passesOver) || guide !== undefined ? 10 * negatives : 0;
  return Math.min(budget, rangeMax, rangeMin + Math.max(wanted, likely));
}

function likeSentenceTransformers(where: string, options: MiningOptions): MiningOptions {
  const { negatives = 4, rangeMin = 0, mostPositives = 1, relativeMargin = 'none' } = options;
  const { absoluteMargin, maxScore, rank = 'filtered', positive = 'min', sameClass = 'keep' } = options;
  checkOneOf(where, 'compat', options.compat ?? '', ['sentence-transformers']);
  checkWhole(where, 'mostPositives', mostPositives, 1);
  const limited = relativeMargin !== 'none' || absoluteMargin !== undefined || maxScore !== undefined;
  const { rangeMax = rangeMin + (limited ? 10 : 1) * negatives + mostPositives } = options;
  const rescore = limited ? options.rescore : undefined;
  return { ...options, relativeMargin, rank, positive, sameClass, rangeMax, rescore };
}
