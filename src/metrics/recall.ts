import { checkWhole } from '../core/check.ts';
import { hitsWithin, relevantTo, type Metric } from './ranking.ts';

/**
 * The share of a query's relevant documents (grade above 0) that are among the first k.
 *
 * In [0, 1]; 0 for a query without a relevant document. trec_eval's recall_k. (What metric-learning papers call
 * "Recall@k" is a hit rate: whether any is.)
 *
 * @throws RangeError if k is not a whole number >= 1
 */
export function recall(k: number): Metric {
  checkWhole('recall', 'k', k, 1);
  return (ranking) =>
    Float64Array.from({ length: ranking.queries }, (_, q) => {
      const relevant = relevantTo(ranking, q);
      return relevant === 0 ? 0 : hitsWithin(k, ranking, q) / relevant;
    });
}
