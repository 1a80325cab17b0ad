import { refuse } from '../../src/core/check.ts';
import { type NamedFolder, readSplit, readSplitIfThere, type Split } from '../../src/formats/data-folder.ts';
import { readPairs } from '../options.ts';
import type { JobOptions } from './options.ts';

export interface Splits {
  readonly training: Split;
  /** what is evaluated, before and after */
  readonly held: Split;
  /** what decides which parameters are kept */
  readonly dev?: Split;
}

/** @throws RangeError if a split is missing, or has nothing to learn from */
export async function readSplits(folder: NamedFolder, options: JobOptions): Promise<Splits> {
  const { 'dev-split': asked, split } = options;
  const training = await readPairs('train', folder, options['train-split']);
  const held = await readSplit(folder, split);
  const usual = asked === undefined && split !== 'dev' ? await readSplitIfThere(folder, 'dev') : undefined;
  const dev = asked === undefined || asked === 'none' ? usual : await readSplit(folder, asked);
  if (dev === undefined && (options.patience !== undefined || options.schedule === 'plateau'))
    refuse('train', '--dev-split must be a split where --patience or --schedule plateau is given', 'none');
  return { training, held, dev };
}
