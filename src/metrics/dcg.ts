import { checkOneOf, checkPositive, checkWhole, refuse } from '../core/check.ts';
import type { Metric, Ranking } from './ranking.ts';

export interface GainOptions {
  /** What a grade is worth: the grade (trec_eval) or 2^grade - 1 (Burges). Grades of 0 or below are worth nothing. @default 'linear' */
  readonly gain?: 'linear' | 'exponential';
  /**
   * Of equally high scores: the order of the ranking, or the mean over all orders (scikit-learn's), for which it must be of scored lists.
   * @default 'asRanked'
   */
  readonly ties?: 'asRanked' | 'averaged';
}

export interface DcgOptions extends GainOptions {
  /** Of the logarithm that discounts: another changes the unit. @default 2 */
  readonly base?: number;
}

/**
 * Σ_{r <= k} gain_r / log₂(r + 1), over the whole depth where no k is given.
 *
 * At least 0, and the larger the more there is to find: `ndcg` has it over the best there can be.
 *
 * @throws RangeError if k is not a whole number >= 1, base is not a finite number > 1, or (when it is used) ties are to be averaged of a ranking without scores
 * @see Järvelin and Kekäläinen, 2002; Burges et al., "Learning to rank using gradient descent", 2005; McSherry and Najork, 2008 (ties)
 */
export function dcg(k?: number, { base = 2, ...options }: DcgOptions = {}): Metric {
  checkPositive('dcg', 'base', base);
  if (base <= 1) refuse('dcg', 'base must be a finite number > 1', base);
  const gained = gainedBy('dcg', k, options);
  return (ranking) =>
    Float64Array.from({ length: ranking.queries }, (_, q) => gained.found(ranking, q) * Math.log2(base));
}

/** The discounted gain of query q as it was ranked, and in the best order of all judged documents. */
export function gainedBy(
  where: string,
  k: number | undefined,
  { gain = 'linear', ties = 'asRanked' }: GainOptions,
) {
  if (k !== undefined) checkWhole(where, 'k', k, 1);
  checkOneOf(where, 'gain', gain, ['linear', 'exponential']);
  checkOneOf(where, 'ties', ties, ['asRanked', 'averaged']);
  const worth = (grade: number): number =>
    grade <= 0 ? 0 : gain === 'linear' ? grade : Math.pow(2, grade) - 1;
  const discounted = (grades: Float32Array, start: number, end: number): number => {
    let sum = 0;
    for (let e = start; e < end; e++) if (grades[e] > 0) sum += worth(grades[e]) / Math.log2(e - start + 2);
    return sum;
  };
  return {
    found(ranking: Ranking, q: number): number {
      const { depth, grades } = ranking;
      const ranks = Math.min(k ?? depth, depth);
      if (ties === 'asRanked') return discounted(grades, q * depth, q * depth + ranks);
      return averaged(where, ranking, q, ranks, worth);
    },
    best({ judged, offsets }: Ranking, q: number): number {
      return discounted(judged, offsets[q], Math.min(offsets[q + 1], offsets[q] + (k ?? Infinity)));
    },
  };
}

/** Each run of equal scores shares its gains out evenly over its ranks, those past the cut too. */
function averaged(
  where: string,
  { depth, grades, scores, candidates }: Ranking,
  q: number,
  ranks: number,
  worth: (grade: number) => number,
): number {
  if (scores === undefined || candidates === undefined)
    return refuse(where, 'ranking must be of scored lists for ties to be averaged', 'one without scores');
  const start = q * depth;
  let sum = 0;
  for (let first = 0, past = 0; first < Math.min(ranks, candidates[q]); first = past) {
    let [gains, discounts] = [0, 0];
    for (; past < candidates[q] && scores[start + past] === scores[start + first]; past++) {
      gains += worth(grades[start + past]);
      if (past < ranks) discounts += 1 / Math.log2(past + 2);
    }
    sum += (gains / (past - first)) * discounts;
  }
  return sum;
}
