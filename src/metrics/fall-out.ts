import { checkWhole, refuse } from '../core/check.ts';
import { hitsWithin, relevantTo, type Metric } from './ranking.ts';

/**
 * The share of a query's documents that are not relevant (grade 0 or below) which is among the first k. Of scored lists: a ranking of what was
 * retrieved does not say how many others there are.
 *
 * In [0, 1], the smaller the better; 0 where all candidates are relevant.
 *
 * @throws RangeError if k is not a whole number >= 1, or (when it is used) the ranking does not say how many candidates there were
 * @see torchmetrics' retrieval_fall_out
 */
export function fallOut(k: number): Metric {
  checkWhole('fallOut', 'k', k, 1);
  return (ranking) => {
    const { queries, candidates } = ranking;
    if (candidates === undefined)
      return refuse('fallOut', 'ranking must be of scored lists', 'one without candidates');
    return Float64Array.from({ length: queries }, (_, q) => {
      const others = candidates[q] - relevantTo(ranking, q);
      const misses = Math.min(k, candidates[q]) - hitsWithin(k, ranking, q);
      return others === 0 ? 0 : misses / others;
    });
  };
}
