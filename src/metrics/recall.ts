import { checkWhole } from '../core/check.ts';
import type { Metric } from './ranking.ts';

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
  return ({ queries, depth, grades, offsets }) =>
    Float64Array.from({ length: queries }, (_, q) => {
      const relevant = offsets[q + 1] - offsets[q];
      let hits = 0;
      for (let e = q * depth; e < q * depth + Math.min(k, depth); e++) if (grades[e] > 0) hits++;
      return relevant === 0 ? 0 : hits / relevant;
    });
}
