import { gainedBy, type GainOptions } from './dcg.ts';
import type { Metric } from './ranking.ts';

/**
 * Σ_{r <= k} gain_r / log₂(r + 1), over the same sum of the best order of all judged documents, cut at k too; over the
 * whole depth, and all judged documents, where no k is given.
 *
 * In [0, 1]; 0 for a query without a relevant document. Gains are linear and grades below 0 count as 0: trec_eval's
 * ndcg_cut_k and ndcg. (sentence-transformers' is binary; gains of 2^grade - 1 are ranx's `ndcg_burges`; ties averaged scikit-learn's.)
 *
 * @throws RangeError if k is not a whole number >= 1, or (when it is used) ties are to be averaged of a ranking without scores
 * @see Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002
 */
export function ndcg(k?: number, options: GainOptions = {}): Metric {
  const gained = gainedBy('ndcg', k, options);
  return (ranking) =>
    Float64Array.from({ length: ranking.queries }, (_, q) => {
      const best = gained.best(ranking, q);
      return best === 0 ? 0 : gained.found(ranking, q) / best;
    });
}
