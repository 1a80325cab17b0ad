import type { Graded } from './graded.ts';
import { share } from './precision.ts';

type Gain = (grade: number) => number;

function discounted(gain: number, rank: number): number {
  return gain / Math.log2(rank + 1);
}

/** The gains above 0 of all judged documents, best first. */
function idealGains({ judged }: Graded, gain: Gain): Float64Array {
  return Float64Array.from(judged, gain)
    .filter((value) => value > 0)
    .sort()
    .toReversed();
}

function discountedSum(gains: Float64Array, k = gains.length): number {
  let sum = 0;
  for (let i = 0; i < Math.min(k, gains.length); i++) if (gains[i] !== 0) sum += discounted(gains[i], i + 1);
  return sum;
}

/** Over the whole list, against the best order of all judged documents, however short the list. */
export function normalizedGain(query: Graded, gain: Gain): number {
  return share(discountedSum(Float64Array.from(query.grades, gain)), discountedSum(idealGains(query, gain)));
}

export function normalizedGainAt({ grades, judged }: Graded, k: number): number {
  let sum = 0;
  for (let i = 0; i < Math.min(k, grades.length); i++) if (grades[i] > 0) sum += discounted(grades[i], i + 1);
  let best = 0;
  for (let i = 0; i < Math.min(k, judged.length) && judged[i] > 0; i++) best += discounted(judged[i], i + 1);
  return share(sum, best);
}

/** The nDCG at the rank of each document with a gain, and at the end for those not retrieved, averaged. */
export function gainAtRelevant({ grades, ...query }: Graded, gain: Gain): number {
  const best = idealGains({ grades, ...query }, gain);
  let [sum, dcg, ideal, found] = [0, 0, 0, 0];
  for (let i = 0; i < grades.length; i++) {
    const here = gain(grades[i]);
    if (here !== 0) dcg += discounted(here, i + 1);
    if (i < best.length) ideal += discounted(best[i], i + 1);
    if (here <= 0) continue;
    sum += dcg / ideal;
    found++;
  }
  for (let i = grades.length; i < best.length; i++) ideal += discounted(best[i], i + 1);
  sum += (best.length - found) * share(dcg, ideal);
  return sum > 0 ? sum / best.length : 0;
}

/**
 * The nDCG at each rank where the best order goes over to a lesser gain, and at the end of a longer list, averaged.
 *
 * NaN where a document is relevant but none has a gain above 0, as in trec_eval: gains that were given make it, or -l 0.
 */
export function gainAtLevels({ grades, ...query }: Graded, gain: Gain): number {
  if (query.relevant === 0) return 0;
  const best = idealGains({ grades, ...query }, gain);
  if (best.length === 0) return NaN;
  let [sum, points, dcg, ideal] = [0, 0, 0, 0];
  for (let i = 0; i < Math.max(grades.length, best.length + 1); i++) {
    if (i > 0 && i <= best.length && best[i] !== best[i - 1]) {
      sum += dcg / ideal;
      points++;
    }
    const here = i < grades.length ? gain(grades[i]) : 0;
    if (here !== 0) dcg += discounted(here, i + 1);
    if (i < best.length) ideal += discounted(best[i], i + 1);
  }
  if (grades.length > best.length + 1) {
    sum += dcg / ideal;
    points++;
  }
  return sum / points;
}

/** Each gain is discounted by what was lost above it, against the best gains or 1 a rank, whichever is more. */
export function normalizedG({ grades, ...query }: Graded, gain: Gain): number {
  const best = idealGains({ grades, ...query }, gain);
  let [sum, gained, cost] = [0, 0, 0];
  for (let i = 0; i < grades.length; i++) {
    const here = gain(grades[i]);
    gained += here;
    cost += Math.max(best[i] ?? 0, 1);
    if (here !== 0) sum += here / Math.log2(2 + cost - gained);
  }
  return share(
    sum,
    best.reduce((total, value) => total + value, 0),
  );
}

/** The same of relevant or not: each is discounted by the number of others above it. */
export function binaryG({ ranks, relevant }: Graded): number {
  let sum = 0;
  for (let c = 0; c < ranks.length; c++) sum += 1 / Math.log2(1 + ranks[c] - c);
  return share(sum, relevant);
}
