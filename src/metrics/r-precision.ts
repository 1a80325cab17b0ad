import { hitsWithin, relevantTo, type Metric } from './ranking.ts';

/**
 * The share of relevant documents (grade above 0) among the first R, where R is how many a query has.
 *
 * In [0, 1]; 0 for a query without a relevant document. trec_eval's Rprec.
 *
 * @see Buckley and Voorhees, "Retrieval system evaluation", 2005
 */
export function rPrecision(): Metric {
  return (ranking) =>
    Float64Array.from({ length: ranking.queries }, (_, q) => {
      const relevant = relevantTo(ranking, q);
      return relevant === 0 ? 0 : hitsWithin(relevant, ranking, q) / relevant;
    });
}
