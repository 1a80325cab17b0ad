import { checkWhole } from '../core/check.ts';
import type { Metric } from './ranking.ts';

/**
 * The share of relevant documents (grade above 0) among the first k. Over k, however few were retrieved: trec_eval's P_k.
 *
 * In [0, 1].
 *
 * @throws RangeError if k is not a whole number >= 1
 */
export function precision(k: number): Metric {
  checkWhole('precision', 'k', k, 1);
  return ({ queries, depth, grades }) =>
    Float64Array.from({ length: queries }, (_, q) => {
      let hits = 0;
      for (let e = q * depth; e < q * depth + Math.min(k, depth); e++) if (grades[e] > 0) hits++;
      return hits / k;
    });
}
