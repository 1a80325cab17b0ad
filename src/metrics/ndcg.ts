import { checkWhole } from '../core/check.ts';
import type { Metric } from './ranking.ts';

/**
 * Σ_{r <= k} grade_r / log₂(r + 1), over the same sum of the best order of all judged documents, cut at k too.
 *
 * In [0, 1]; 0 for a query without a relevant document. Gains are linear and grades below 0 count as 0: trec_eval's
 * ndcg_cut_k. (sentence-transformers' is binary; ranx's `ndcg_burges` has gains of 2^grade - 1.)
 *
 * @throws RangeError if k is not a whole number >= 1
 * @see Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002
 */
export function ndcg(k: number): Metric {
  checkWhole('ndcg', 'k', k, 1);
  return ({ queries, depth, grades, judged, offsets }) =>
    Float64Array.from({ length: queries }, (_, q) => {
      const best = gain(judged, offsets[q], Math.min(offsets[q + 1], offsets[q] + k));
      return best === 0 ? 0 : gain(grades, q * depth, q * depth + Math.min(k, depth)) / best;
    });
}

function gain(grades: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let e = start; e < end; e++) if (grades[e] > 0) sum += grades[e] / Math.log2(e - start + 2);
  return sum;
}
