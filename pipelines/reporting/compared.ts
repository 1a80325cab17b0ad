import { basename, dirname, join, resolve } from 'node:path';
import type { DataFolder, NamedFolder, Split } from '../../src/formats/data-folder.ts';
import { readDataFolder, readSplitIfThere } from '../../src/formats/data-folder.ts';
import { centered } from '../features.ts';
import { type RankedSystem, rankedSystem, type RankOptions, type Vectors } from './ranked-system.ts';

/** Splits that are used where they are there, by their names in BEIR. */
const [TRAINING, CALIBRATION] = ['train', 'dev'];

export interface Compared {
  /** what was before, and what came after, in this order */
  readonly systems: readonly RankedSystem[];
  /** the one that has the stored vectors as they are */
  readonly stored: RankedSystem;
  readonly dev: Split | undefined;
  readonly notes: readonly string[];
}

/** Ranks a split by the stored vectors and by those they are set against, and keeps what a report shows. */
export async function compared(
  data: DataFolder,
  split: Split,
  {
    corpusVectors,
    against,
    ...options
  }: RankOptions & { readonly corpusVectors?: string; readonly against?: string },
): Promise<Compared> {
  const dev = await calibrationSplit(data, split);
  const rank = (vectors: Vectors): Promise<RankedSystem> => rankedSystem(vectors, split, dev, options);
  const notes = dev === undefined ? [`No split ${CALIBRATION} to calibrate scores on.`] : [];
  if (against !== undefined) {
    const before = await readDataFolder(data.path, {
      corpusVectors: join(against, 'corpus.npy'),
      queryVectors: join(against, 'queries.npy'),
    });
    const [first, last] = names(against, corpusVectors === undefined ? data.path : dirname(corpusVectors));
    const stored = { name: last, folder: data };
    const systems = [await rank({ name: first, folder: before }), await rank(stored)];
    return { systems, stored: systems[1], dev, notes };
  }
  const stored = await rank({ name: 'raw', folder: data });
  const training = await readSplitIfThere(data, TRAINING);
  if (training === undefined) {
    const note = `No split ${TRAINING} to take a mean of, and no vectors were given to compare with.`;
    return { systems: [stored], stored, dev, notes: [...notes, note] };
  }
  const fitted = `Mean-centred are unit vectors less the mean of their side over split ${TRAINING}.`;
  const { folder } = centered(data, training);
  return {
    systems: [stored, await rank({ name: 'mean-centred', folder })],
    stored,
    dev,
    notes: [...notes, fitted],
  };
}

/** The split that scores are calibrated on, unless it is the one that is evaluated. */
export async function calibrationSplit(data: NamedFolder, split: Split): Promise<Split | undefined> {
  return split.name === CALIBRATION ? undefined : readSplitIfThere(data, CALIBRATION);
}

/** Of two folders: the last part of each path, or all of it where these are the same. */
function names(before: string, after: string): readonly [string, string] {
  const short = [basename(resolve(before)), basename(resolve(after))] as const;
  if (short[0] !== short[1]) return short;
  return before === after ? [`${before} (before)`, `${after} (after)`] : [before, after];
}
