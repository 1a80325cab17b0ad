import { createHash } from 'node:crypto';
import { readExplained } from './explained-file.ts';
import { type KeptNegative, keptOf, stratumOf } from './kept-figures.ts';

/** How a sample is drawn: the same of the same file, wherever and whenever. */
export interface SampleDesign {
  /** rows in all, about equally many of each stratum */
  readonly size: number;
  /** margins between strata, ascending; none for a simple random sample */
  readonly edges: readonly number[];
  readonly seed: number;
}

export interface DrawnRow extends KeptNegative {
  readonly query: string;
  readonly positive: string;
  readonly positiveScore: number;
  readonly stratum: number;
  /** what decides which are drawn: the smallest */
  readonly draw: string;
}

export interface DrawnSample {
  /** in an order that says nothing of strata */
  readonly rows: readonly DrawnRow[];
  /** by stratum: how many negatives were kept in all */
  readonly populations: readonly number[];
}

/** Draws without replacement, by a hash of seed and names: of each stratum the rows whose hashes are smallest. */
export async function drawSample(path: string, { size, edges, seed }: SampleDesign): Promise<DrawnSample> {
  const populations = Array.from({ length: edges.length + 1 }, () => 0);
  const drawn = populations.map((): DrawnRow[] => []);
  // some strata may have fewer than their share, so each keeps more until it is known which
  const prune = (stratum: number): void => {
    drawn[stratum].sort((a, b) => (a.draw < b.draw ? -1 : 1));
    drawn[stratum].length = Math.min(drawn[stratum].length, size);
  };
  for await (const pair of readExplained(path)) {
    for (const negative of keptOf(pair)) {
      const stratum = stratumOf(edges, negative.margin);
      populations[stratum]++;
      const { query, positive, positiveScore } = pair;
      const draw = hashOf(seed, query, positive, negative.candidate);
      drawn[stratum].push({ ...negative, query, positive, positiveScore, stratum, draw });
      if (drawn[stratum].length > 2 * size + 64) prune(stratum);
    }
  }
  drawn.forEach((_, stratum) => prune(stratum));
  const shares = sharesOf(populations, size);
  const rows = drawn.flatMap((some, stratum) => some.slice(0, shares[stratum]));
  return { rows: rows.sort((a, b) => (a.draw < b.draw ? -1 : 1)), populations };
}

/** Which row it is, in the sample and in the file that comes back. */
export function keyOf({
  query,
  positive,
  candidate,
}: Pick<DrawnRow, 'query' | 'positive' | 'candidate'>): string {
  return JSON.stringify([query, positive, candidate]);
}

/** Equal parts of the size; what a small stratum cannot give the others do. */
function sharesOf(populations: readonly number[], size: number): number[] {
  const shares = populations.map(() => 0);
  for (
    let left = Math.min(
      size,
      populations.reduce((sum, count) => sum + count, 0),
    );
    left > 0;
  ) {
    for (let h = 0; h < shares.length && left > 0; h++) {
      if (shares[h] === populations[h]) continue;
      shares[h]++;
      left--;
    }
  }
  return shares;
}

function hashOf(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
