import type { Graded } from './graded.ts';

/** Relevant documents among the first k. */
export function hits({ ranks }: Graded, k: number): number {
  let count = 0;
  while (count < ranks.length && ranks[count] <= k) count++;
  return count;
}

/** a / b, and 0 where b is 0. */
export function share(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

export function precisionAt(query: Graded, k: number): number {
  return hits(query, k) / k;
}

export function recallAt(query: Graded, k: number): number {
  return share(hits(query, k), query.relevant);
}

export function relativePrecisionAt(query: Graded, k: number): number {
  return share(hits(query, k), Math.min(k, query.relevant));
}

export function successAt(query: Graded, k: number): number {
  return hits(query, k) > 0 ? 1 : 0;
}

export function unjudgedAt({ retrieved, pooled, grades }: Graded, k: number): number {
  let judged = 0;
  for (let i = 0; i < pooled.length && pooled[i] <= k; i++) if (grades[i] >= 0) judged++;
  return (Math.min(k, retrieved) - judged) / k;
}

export function rPrecision(query: Graded): number {
  return recallAt(query, query.relevant);
}

/** trec_eval 9 makes a number of documents of a share of R so, not by rounding. */
export function documentsOf(portion: number, { relevant }: Graded): number {
  return Math.trunc(portion * relevant + 0.9);
}

export function precisionAtMultiple(query: Graded, multiple: number): number {
  const k = documentsOf(multiple, query);
  return k < 1 ? 0 : precisionAt(query, k);
}

export function setPrecision({ ranks, retrieved }: Graded): number {
  return share(ranks.length, retrieved);
}

export function setRecall({ ranks, relevant }: Graded): number {
  return share(ranks.length, relevant);
}

export function setRelativePrecision({ ranks, retrieved, relevant }: Graded): number {
  return share(ranks.length, Math.min(retrieved, relevant));
}

export function setAveragePrecision({ ranks, retrieved, relevant }: Graded): number {
  return share(ranks.length ** 2, retrieved * relevant);
}

export function setF(query: Graded, [x]: readonly number[]): number {
  const [precision, recall] = [setPrecision(query), setRecall(query)];
  return query.ranks.length === 0 ? 0 : ((x + 1) * precision * recall) / (x * precision + recall);
}

export function reciprocalRank({ ranks }: Graded): number {
  return ranks.length === 0 ? 0 : 1 / ranks[0];
}
