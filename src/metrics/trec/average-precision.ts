import { type Graded, NOT_JUDGED } from './graded.ts';
import { documentsOf, share } from './precision.ts';

/** The precision at each relevant document among the first k, summed. */
function sumOfPrecisions({ ranks }: Graded, k = Infinity): number {
  let sum = 0;
  for (let c = 0; c < ranks.length && ranks[c] <= k; c++) sum += (c + 1) / ranks[c];
  return sum;
}

export function averagePrecision(query: Graded, k?: number): number {
  return share(sumOfPrecisions(query, k), query.relevant);
}

/** @see Robertson, "On smoothing average precision", 2012 */
export function smoothedAveragePrecision(query: Graded): number {
  const sum = sumOfPrecisions(query);
  return Math.log((1 + sum) / (1 + query.relevant - sum));
}

/**
 * The greatest precision at or below the rank where a share of the relevant documents has been found, 0 if it never is.
 *
 * NaN for a share of 0 where nothing was retrieved, as in trec_eval: the precision of nothing is 0 / 0.
 */
export function interpolatedPrecision(query: Graded, portion: number): number {
  return greatestPrecision(query, documentsOf(portion, query));
}

/** The greatest precision at or below the rank where so many relevant documents have been found. */
export function greatestPrecision({ ranks, retrieved }: Graded, least: number): number {
  if (least > ranks.length) return 0;
  let best = ranks.length / retrieved;
  for (let c = ranks.length; c >= Math.max(least, 1); c--) best = Math.max(best, c / ranks[c - 1]);
  return best;
}

export function meanInterpolatedPrecision(query: Graded, portions: readonly number[]): number {
  return portions.reduce((sum, portion) => sum + interpolatedPrecision(query, portion), 0) / portions.length;
}

/** Keeps the estimate of a precision from being 0 / 0 where nothing above was judged. */
const EPSILON = 1e-5;

/** @see Yilmaz and Aslam, "Estimating average precision with incomplete and imperfect judgments", 2006 */
export function inferredAveragePrecision({ pooled, grades, level, relevant }: Graded): number {
  let [above, aboveRelevant, sum] = [0, 0, 0];
  // i documents above were pooled, judged or not
  for (let i = 0; i < pooled.length; i++) {
    const rank = pooled[i];
    if (grades[i] >= level) {
      const judgedShare = (aboveRelevant + EPSILON) / (above + 2 * EPSILON);
      // the share of those above that were pooled, times the share of those judged that are relevant
      sum += 1 / rank + (rank === 1 ? 0 : ((rank - 1) / rank) * (i / (rank - 1)) * judgedShare);
      aboveRelevant++;
    }
    if (grades[i] !== NOT_JUDGED) above++;
  }
  return share(sum, relevant);
}

/** @see Buckley and Voorhees, "Retrieval evaluation with incomplete information", 2004 */
export function binaryPreference({ grades, level, relevant, judged }: Graded): number {
  const nonrelevant = judged.length - relevant;
  let [above, sum] = [0, 0];
  for (let i = 0; i < grades.length; i++) {
    if (grades[i] < 0) continue;
    if (grades[i] < level) above++;
    else sum += above === 0 ? 1 : 1 - Math.min(above, relevant) / Math.min(nonrelevant, relevant);
  }
  return share(sum, relevant);
}
