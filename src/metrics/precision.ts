import { checkWhole } from '../core/check.ts';
import { hitsWithin, type Metric } from './ranking.ts';

/**
 * The share of relevant documents (grade above 0) among the first k. Over k, however few were retrieved: trec_eval's P_k.
 *
 * In [0, 1].
 *
 * @throws RangeError if k is not a whole number >= 1
 */
export function precision(k: number): Metric {
  checkWhole('precision', 'k', k, 1);
  return (ranking) => Float64Array.from({ length: ranking.queries }, (_, q) => hitsWithin(k, ranking, q) / k);
}
