import type { Graded } from './graded.ts';
import { share } from './precision.ts';

type Gain = (grade: number) => number;

function discounted(gain: number, rank: number): number {
  return gain / Math.log2(rank + 1);
}

/** The gains above 0 of all judged documents, best first. */
function idealGains({ judged }: Graded, gain: Gain): Float64Array {
  const gains = new Float64Array(judged.length);
  let count = 0;
  for (let i = 0; i < judged.length; i++) {
    const value = gain(judged[i]);
    if (value > 0) gains[count++] = value;
  }
  return gains.subarray(0, count).sort().toReversed();
}

/** Over the whole list, against the best order of all judged documents, however short the list. */
export function normalizedGain(query: Graded, gain: Gain): number {
  const { pooled, grades } = query;
  let sum = 0;
  for (let i = 0; i < pooled.length; i++) {
    const here = gain(grades[i]);
    if (here !== 0) sum += discounted(here, pooled[i]);
  }
  const best = idealGains(query, gain);
  let most = 0;
  for (let i = 0; i < best.length; i++) most += discounted(best[i], i + 1);
  return share(sum, most);
}

export function normalizedGainAt({ pooled, grades, judged }: Graded, k: number): number {
  let sum = 0;
  for (let i = 0; i < pooled.length && pooled[i] <= k; i++) {
    if (grades[i] > 0) sum += discounted(grades[i], pooled[i]);
  }
  let best = 0;
  for (let i = 0; i < Math.min(k, judged.length) && judged[i] > 0; i++) best += discounted(judged[i], i + 1);
  return share(sum, best);
}

/** The nDCG at the rank of each document with a gain, and at the end for those not retrieved, averaged. */
export function gainAtRelevant(query: Graded, gain: Gain): number {
  const { pooled, grades } = query;
  const best = idealGains(query, gain);
  let [sum, dcg, ideal, idealRank, found] = [0, 0, 0, 0, 0];
  for (let i = 0; i < pooled.length; i++) {
    const here = gain(grades[i]);
    if (here !== 0) dcg += discounted(here, pooled[i]);
    if (here <= 0) continue;
    while (idealRank < Math.min(pooled[i], best.length)) ideal += discounted(best[idealRank], ++idealRank);
    sum += dcg / ideal;
    found++;
  }
  while (idealRank < best.length) ideal += discounted(best[idealRank], ++idealRank);
  sum += (best.length - found) * share(dcg, ideal);
  return sum > 0 ? sum / best.length : 0;
}

/**
 * The nDCG at each rank where the best order goes over to a lesser gain, and at the end of a longer list, averaged.
 *
 * NaN where a document is relevant but none has a gain above 0, as in trec_eval: gains that were given make it, or -l 0.
 */
export function gainAtLevels(query: Graded, gain: Gain): number {
  const { retrieved, pooled, grades, relevant } = query;
  if (relevant === 0) return 0;
  const best = idealGains(query, gain);
  if (best.length === 0) return NaN;
  let [sum, points, dcg, ideal, next] = [0, 0, 0, 0, 0];
  const countThrough = (rank: number): void => {
    for (; next < pooled.length && pooled[next] <= rank; next++) {
      const here = gain(grades[next]);
      if (here !== 0) dcg += discounted(here, pooled[next]);
    }
  };
  for (let rank = 1; rank <= best.length; rank++) {
    countThrough(rank);
    ideal += discounted(best[rank - 1], rank);
    if (best[rank] === best[rank - 1]) continue;
    sum += dcg / ideal;
    points++;
  }
  if (retrieved > best.length + 1) {
    countThrough(retrieved);
    sum += dcg / ideal;
    points++;
  }
  return sum / points;
}

/** Each gain is discounted by what was lost above it, against the best gains or 1 a rank, whichever is more. */
export function normalizedG(query: Graded, gain: Gain): number {
  const { pooled, grades } = query;
  const best = idealGains(query, gain);
  let [sum, gained, cost, rank] = [0, 0, 0, 0];
  for (let i = 0; i < pooled.length; i++) {
    for (; rank < pooled[i]; rank++) cost += rank < best.length ? Math.max(best[rank], 1) : 1;
    const here = gain(grades[i]);
    gained += here;
    if (here !== 0) sum += here / Math.log2(2 + cost - gained);
  }
  let most = 0;
  for (let i = 0; i < best.length; i++) most += best[i];
  return share(sum, most);
}

/** The same of relevant or not: each is discounted by the number of others above it. */
export function binaryG({ ranks, relevant }: Graded): number {
  let sum = 0;
  for (let c = 0; c < ranks.length; c++) sum += 1 / Math.log2(1 + ranks[c] - c);
  return share(sum, relevant);
}
