import { checkOneOf, checkWhole } from '../core/check.ts';
import { relevantTo, type Metric } from './ranking.ts';

export interface MeanAveragePrecisionOptions {
  /** Ranks that count. @default all */
  readonly k?: number;
  /**
   * What the sum is divided by: all relevant documents R (trec_eval's map and map_cut_k), as many of them as there is room for, min(k, R)
   * (sentence-transformers, Kaggle), or those found among the first k (torchmetrics). @default 'relevant'
   */
  readonly over?: 'relevant' | 'reachable' | 'found';
}

/**
 * Σ P(r) over the ranks r <= k of relevant documents (grade above 0), over R: the average precision of each query. Its mean is the MAP.
 *
 * In [0, 1]; 0 for a query without a relevant document.
 *
 * @throws RangeError if k is not a whole number >= 1
 * @see Buckley and Voorhees, "Retrieval system evaluation", 2005
 */
export function meanAveragePrecision({ k, over = 'relevant' }: MeanAveragePrecisionOptions = {}): Metric {
  if (k !== undefined) checkWhole('meanAveragePrecision', 'k', k, 1);
  checkOneOf('meanAveragePrecision', 'over', over, ['relevant', 'reachable', 'found']);
  return (ranking) =>
    Float64Array.from({ length: ranking.queries }, (_, q) => {
      const { depth, grades } = ranking;
      let [hits, sum] = [0, 0];
      for (let r = 0; r < Math.min(k ?? depth, depth); r++) {
        if (grades[q * depth + r] > 0) sum += ++hits / (r + 1);
      }
      const relevant = relevantTo(ranking, q);
      const divisor = { relevant, reachable: Math.min(k ?? relevant, relevant), found: hits }[over];
      return divisor === 0 ? 0 : sum / divisor;
    });
}
