import { stat } from 'node:fs/promises';
import { refuse } from '../../src/core/check.ts';
import { stalls } from '../../src/streams/stalls.ts';
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
 * Every pair of every file is looked at before a training begins, so that what is wrong in one is told at once. A pipe can be read once: its pairs
 * are looked at as they come, and `--steps` says how many there are.
 *
 * @param see told of each pair that is learned from, but for those of pipes
 */
export async function jobFiles<Part>(
  options: JobOptions,
  open: (path: string) => PairFile<Part>,
  see: (pair: FilePair<Part>) => void = () => {},
): Promise<JobFiles<Part>> {
  const { pairs = [], 'dev-pairs': dev, 'test-pairs': test } = options;
  const training: CountedFile<Part>[] = [];
  for (const path of pairs)
    training.push((await isPipe(path)) ? piped(open(path), options) : await counted(open(path), see));
  for (const path of [dev, test]) if (path !== undefined) await counted(open(path), () => {});
  return {
    training,
    dev: dev === undefined ? undefined : open(dev),
    test: test === undefined ? undefined : open(test),
    name: training
      .map(({ path, count }) => (count === Infinity ? `the pairs of ${path}` : `${count} pairs of ${path}`))
      .join(', '),
  };
}

/** Whether it can be read but once. */
export async function isPipe(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile();
}

/** A pipe; what was looked at first is given again. */
function piped<Part>({ path, read }: PairFile<Part>, { steps }: JobOptions): CountedFile<Part> {
  if (steps === undefined) refuse('train', '--steps must be given where --pairs is a pipe', path);
  const tell = (seconds: number): void =>
    console.error(`train: ${path} has given nothing for ${seconds} s, and is waited for`);
  const pairs = stalls(read(), { tell });
  const first: FilePair<Part>[] = [];
  let reads = 0;
  return {
    path,
    count: Infinity,
    async *read() {
      const looking = reads++ === 0;
      yield* first;
      for (;;) {
        const { done, value } = await pairs.next();
        if (done === true) return;
        if (looking) first.push(value);
        yield value;
      }
    },
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
