import { checkWhole } from '../core/check.ts';
import type { Metric } from './ranking.ts';

/**
 * One over the rank of the first relevant document (grade above 0), over the first k, or the whole depth; its mean is the MRR.
 *
 * In [0, 1]; 0 where none was retrieved. trec_eval's recip_rank where no k is given. It grows with the depth: say the depth beside it.
 *
 * @throws RangeError if k is not a whole number >= 1
 */
export function mrr(k?: number): Metric {
  if (k !== undefined) checkWhole('mrr', 'k', k, 1);
  return ({ queries, depth, grades }) =>
    Float64Array.from({ length: queries }, (_, q) => {
      for (let r = 0; r < Math.min(k ?? depth, depth); r++) if (grades[q * depth + r] > 0) return 1 / (r + 1);
      return 0;
    });
}
