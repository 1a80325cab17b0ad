import { checkWhole } from '../core/check.ts';
import { hitsWithin, type Metric } from './ranking.ts';

/**
 * 1 where any relevant document (grade above 0) is among the first k, 0 elsewhere: trec_eval's success_k, accuracy@k of
 * sentence-transformers, and what metric-learning papers call Recall@k.
 *
 * @throws RangeError if k is not a whole number >= 1
 */
export function hitRate(k: number): Metric {
  checkWhole('hitRate', 'k', k, 1);
  return (ranking) =>
    Float64Array.from({ length: ranking.queries }, (_, q) => Number(hitsWithin(k, ranking, q) > 0));
}
