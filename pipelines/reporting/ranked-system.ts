import type { Matrix } from '../../src/core/matrix.ts';
import type { Distance } from '../../src/distances/distance.ts';
import type { DataFolder, Split } from '../../src/formats/data-folder.ts';
import type { Values } from '../../src/streams/evaluate.ts';
import { retrieval } from '../retrieval.ts';
import { type Sightings, sightings } from './sightings.ts';

/** Vectors that are to be ranked by. */
export interface Vectors {
  readonly name: string;
  readonly folder: DataFolder;
  readonly encode?: (vectors: Matrix) => Matrix;
  /** The same of queries. @default encode */
  readonly encodeQueries?: (vectors: Matrix) => Matrix;
}

/** A system of a report: what its rankings were worth, and what is kept of them. */
export interface RankedSystem {
  readonly name: string;
  readonly folder: DataFolder;
  readonly values: Values;
  readonly kept: Sightings;
  /** of the split that scores are calibrated on, where there is one */
  readonly dev?: Sightings;
}

export interface RankOptions {
  readonly distance: Distance;
  readonly depth: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Ranks a split, and the one that scores are calibrated on, and keeps what a report shows. */
export async function rankedSystem(
  { name, folder, encode, encodeQueries }: Vectors,
  split: Split,
  dev: Split | undefined,
  { distance, depth, seed, signal }: RankOptions,
): Promise<RankedSystem> {
  const rank = async (asked: Split, task: string) => {
    const { kept, seen } = sightings(folder, asked, { distance, depth, encode, seed });
    const how = { distance, depth, encode, encodeQueries, seen, task, signal };
    const values = await retrieval(folder, asked, how);
    return { values, kept };
  };
  const calibration = dev && (await rank(dev, `ranking ${dev.name} by ${name}`));
  return { name, folder, ...(await rank(split, `ranking by ${name}`)), dev: calibration?.kept };
}
