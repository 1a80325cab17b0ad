import type { Metric } from './ranking.ts';

/**
 * The share of relevant documents (grade above 0) among the first R, where R is how many a query has.
 *
 * In [0, 1]; 0 for a query without a relevant document. trec_eval's Rprec.
 *
 * @see Buckley and Voorhees, "Retrieval system evaluation", 2005
 */
export function rPrecision(): Metric {
  return ({ queries, depth, grades, offsets }) =>
    Float64Array.from({ length: queries }, (_, q) => {
      const relevant = offsets[q + 1] - offsets[q];
      let hits = 0;
      for (let e = q * depth; e < q * depth + Math.min(relevant, depth); e++) if (grades[e] > 0) hits++;
      return relevant === 0 ? 0 : hits / relevant;
    });
}
