import { refuse } from '../../src/core/check.ts';
import { progress } from '../progress.ts';
import type { CountedFile } from './file-source.ts';
import type { JobOptions } from './options.ts';
import type { FilePair, PairFile } from './pair-files.ts';

/** The files of a job: what is learned from, and what is held out. */
export interface JobFiles<Part> {
  readonly training: readonly CountedFile<Part>[];
  readonly dev?: PairFile<Part>;
  readonly test?: PairFile<Part>;
  /** in words */
  readonly name: string;
}

/**
 * Every pair of every file is looked at before a training begins, so that what is wrong in one is told at once.
 *
 * @param see told of each pair that is learned from
 */
export async function jobFiles<Part>(
  options: JobOptions,
  open: (path: string) => PairFile<Part>,
  see: (pair: FilePair<Part>) => void = () => {},
): Promise<JobFiles<Part>> {
  const { pairs = [], 'dev-pairs': dev, 'test-pairs': test } = options;
  const training: CountedFile<Part>[] = [];
  for (const path of pairs) training.push(await counted(open(path), see));
  for (const path of [dev, test]) if (path !== undefined) await counted(open(path), () => {});
  return {
    training,
    dev: dev === undefined ? undefined : open(dev),
    test: test === undefined ? undefined : open(test),
    name: training.map(({ path, count }) => `${count} pairs of ${path}`).join(', '),
  };
}

async function counted<Part>(
  file: PairFile<Part>,
  see: (pair: FilePair<Part>) => void,
): Promise<CountedFile<Part>> {
  const shown = progress(`reading ${file.path}`);
  let count = 0;
  for await (const pair of file.read()) {
    count++;
    see(pair);
  }
  shown.done(`${count} pairs`);
  return count > 0 ? { ...file, count } : refuse(file.path, 'must have a pair', 'none');
}

/** The first pairs of a file, at most so many. */
export async function* firstOf<Part>({ read }: PairFile<Part>, most: number): AsyncGenerator<FilePair<Part>> {
  let count = 0;
  for await (const pair of read()) {
    if (count++ === most) return;
    yield pair;
  }
}
