import type { Metric } from './ranking.ts';

/**
 * One over the rank of the first relevant document (grade above 0), over the whole depth; its mean is the MRR.
 *
 * In [0, 1]; 0 where none was retrieved. trec_eval's recip_rank. It grows with the depth: say the depth beside it.
 */
export function mrr(): Metric {
  return ({ queries, depth, grades }) =>
    Float64Array.from({ length: queries }, (_, q) => {
      for (let r = 0; r < depth; r++) if (grades[q * depth + r] > 0) return 1 / (r + 1);
      return 0;
    });
}
