import { checkWhole } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { nearestOthers } from './neighbor-overlap.ts';

export interface HubnessOptions {
  /** Neighbors of each. @default 10 */
  readonly k?: number;
  /** @default cosine */
  readonly distance?: Distance;
}

export interface Hubness {
  /** rows; N_k: how many others have the row among their k nearest; k on average */
  readonly occurrences: Uint32Array;
  /** E (N_k - k)³ / σ³, the skewness of N_k: above 0 where a few rows are near to many, which is hubness; 0 where all have as many */
  readonly skewness: number;
  /** the share of rows that are nobody's neighbor */
  readonly orphans: number;
}

/**
 * How unevenly rows are one another's nearest neighbors. In many dimensions some become hubs, found for every query.
 *
 * NaN where there are not two rows. Every row is set against every other: of many rows give a sample.
 *
 * @throws RangeError if k is not a whole number >= 1 or an entry is not finite
 * @see Radovanović, Nanopoulos and Ivanović, "Hubs in space", 2010, section 2.1
 */
export async function hubness(
  rows: Matrix,
  { k = 10, distance = cosine }: HubnessOptions = {},
): Promise<Hubness> {
  checkWhole('hubness', 'k', k, 1);
  checkFiniteRows('hubness', 'rows', rows);
  const occurrences = new Uint32Array(rows.rows);
  const most = Math.min(k, rows.rows - 1);
  if (most < 1) return { occurrences, skewness: NaN, orphans: NaN };
  const all = Uint32Array.from({ length: rows.rows }, (_, i) => i);
  (await nearestOthers(rows, all, most, distance)).forEach((row) => occurrences[row]++);
  let [square, cube] = [0, 0];
  for (const count of occurrences) {
    square += (count - most) ** 2 / rows.rows;
    cube += (count - most) ** 3 / rows.rows;
  }
  const orphans = occurrences.filter((count) => count === 0).length / rows.rows;
  return { occurrences, skewness: square === 0 ? 0 : cube / square ** 1.5, orphans };
}
