import { refuse } from '../../src/core/check.ts';
import { type AuditedPair, readExplained } from './explained-file.ts';

/** How the kept negatives stand to their positives. */
export interface KeptFigures {
  readonly pairs: number;
  readonly kept: number;
  /** candidates that were looked at and may be given: all but what is right or of the positive's class */
  readonly candidates: number;
  /** of those, how many score more than their positive */
  readonly above: number;
  /** of the pairs, those with such a candidate */
  readonly outranked: number;
  /** kept ones whose cosine to the positive is the threshold or more */
  readonly nearDuplicates: number;
  /** how many of the kept there are by how much less than their positive they score */
  readonly margins: readonly Bin[];
  /** the same in many more bins, to cut strata from */
  readonly fine: Bins;
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Equal bins between the least and the most. */
export interface Bins {
  readonly least: number;
  readonly most: number;
  readonly counts: Uint32Array;
}

const FINE = 4096;
const GIVEN = new Set(['positive', 'known', 'same-class']);

/**
 * Reads the file twice: what is in it may be larger than memory.
 *
 * @throws RangeError if it cannot be read, or nothing in it was kept
 */
export async function keptFigures(
  path: string,
  { bins, nearDuplicate }: { readonly bins: number; readonly nearDuplicate: number },
): Promise<KeptFigures> {
  let [pairs, kept, candidates, above, outranked, nearDuplicates] = [0, 0, 0, 0, 0, 0];
  let [least, most] = [Infinity, -Infinity];
  for await (const pair of readExplained(path)) {
    pairs++;
    const others = pair.candidates.filter(({ verdict }) => !GIVEN.has(verdict));
    const higher = others.filter(({ score }) => score > pair.positiveScore).length;
    candidates += others.length;
    above += higher;
    if (higher > 0) outranked++;
    for (const { margin, toPositive } of keptOf(pair)) {
      kept++;
      [least, most] = [Math.min(least, margin), Math.max(most, margin)];
      if (toPositive !== undefined && toPositive >= nearDuplicate) nearDuplicates++;
    }
  }
  if (kept === 0) refuse(path, 'must have a negative that was kept', 'none');
  const [coarse, fine] = [emptyBins(least, most, bins), emptyBins(least, most, FINE)];
  for await (const pair of readExplained(path)) {
    for (const { margin } of keptOf(pair)) {
      coarse.counts[binOf(coarse, margin)]++;
      fine.counts[binOf(fine, margin)]++;
    }
  }
  const width = (most - least) / bins;
  const margins = Array.from(coarse.counts, (count, b) => ({
    from: least + b * width,
    to: least + (b + 1) * width,
    count,
  }));
  return { pairs, kept, candidates, above, outranked, nearDuplicates, margins, fine };
}

/** A kept negative, and how much less than its positive it scores. */
export interface KeptNegative {
  readonly candidate: string;
  readonly score: number;
  readonly margin: number;
  readonly toPositive?: number;
}

export function keptOf({ positiveScore, candidates }: AuditedPair): KeptNegative[] {
  return candidates
    .filter(({ verdict }) => verdict === 'kept')
    .map(({ id, score, toPositive }) => ({
      candidate: id,
      score,
      margin: positiveScore - score,
      toPositive,
    }));
}

function emptyBins(least: number, most: number, count: number): Bins {
  return { least, most, counts: new Uint32Array(count) };
}

function binOf({ least, most, counts }: Bins, value: number): number {
  if (most === least) return 0;
  return Math.min(counts.length - 1, Math.floor(((value - least) / (most - least)) * counts.length));
}

/** Margins that cut the kept into so many parts of about equal size, fewer where many margins are equal. */
export function strataEdges({ least, most, counts }: Bins, strata: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const edges: number[] = [];
  let before = 0;
  counts.forEach((count, b) => {
    const [from, to] = [
      Math.floor((before * strata) / total),
      Math.floor(((before + count) * strata) / total),
    ];
    before += count;
    // past the last bin there is nothing to cut off
    if (to > from && before < total) edges.push(least + ((b + 1) * (most - least)) / counts.length);
  });
  return edges;
}

export function stratumOf(edges: readonly number[], margin: number): number {
  let stratum = 0;
  while (stratum < edges.length && margin >= edges[stratum]) stratum++;
  return stratum;
}
