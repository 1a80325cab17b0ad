import { stat } from 'node:fs/promises';
import { refuse } from '../../src/core/check.ts';
import { stalls } from '../../src/streams/stalls.ts';
import { progress } from '../progress.ts';
import type { CountedFile } from './file-source.ts';
import type { JobOptions } from './options.ts';
import type { FilePair, PairFile } from './pair-files.ts';

/** Pairs of a file that what must be known before is taken from, where not all can be looked at. */
const LOOKED_AT = 2000;

/** Told of a pair and its number in its file, from 0. */
export type See<Part> = (pair: FilePair<Part>, number: number) => void;

/** The first pairs of each file, by side. */
export interface FirstPairs<Parts> {
  readonly query: Parts;
  readonly document: Parts;
}

/** Keeps the first pairs of each file that it sees. */
export function firstPairs<Part>(): { readonly first: FirstPairs<readonly Part[]>; readonly see: See<Part> } {
  const [query, document]: [Part[], Part[]] = [[], []];
  return {
    first: { query, document },
    see({ anchor, positive }, number) {
      if (number >= LOOKED_AT) return;
      query.push(anchor);
      document.push(positive);
    },
  };
}

/** What a job learns from. */
export interface TrainingFiles<Part> {
  readonly files: readonly CountedFile<Part>[];
  /** in words */
  readonly name: string;
}

/**
 * Every pair of the files that are learned from is looked at before a training begins, as those that are held out are by `judgedPairs`, so that what is wrong in one is told at once. A pipe can be read once: the
 * first of its pairs are looked at and given again, and `--steps` says how many batches there are.
 *
 * @param see told of each pair that is learned from, of pipes of the first
 */
export async function trainingFiles<Part>(
  options: JobOptions,
  open: (path: string) => PairFile<Part>,
  see: See<Part>,
): Promise<TrainingFiles<Part>> {
  const files: CountedFile<Part>[] = [];
  for (const path of options.pairs ?? [])
    files.push((await isPipe(path)) ? await piped(open(path), options, see) : await counted(open(path), see));
  return {
    files,
    name: files
      .map(({ path, count }) => (count === Infinity ? `the pairs of ${path}` : `${count} pairs of ${path}`))
      .join(', '),
  };
}

/** Whether it can be read but once. */
async function isPipe(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile();
}

/** A pipe; what was looked at first is given again. */
async function piped<Part>(
  { path, read }: PairFile<Part>,
  { steps }: JobOptions,
  see: See<Part>,
): Promise<CountedFile<Part>> {
  if (steps === undefined) refuse('train', '--steps must be given where --pairs is a pipe', path);
  const tell = (seconds: number): void =>
    console.error(`train: ${path} has given nothing for ${seconds} s, and is waited for`);
  const pairs = stalls(read(), { tell });
  const first: FilePair<Part>[] = [];
  while (first.length < LOOKED_AT) {
    const { done, value } = await pairs.next();
    if (done === true) break;
    see(value, first.length);
    first.push(value);
  }
  return {
    path,
    count: Infinity,
    async *read() {
      yield* first;
      // not by for await, which would close it when whoever looks has seen enough
      for (;;) {
        const { done, value } = await pairs.next();
        if (done === true) return;
        yield value;
      }
    },
  };
}

async function counted<Part>(file: PairFile<Part>, see: See<Part>): Promise<CountedFile<Part>> {
  const shown = progress(`reading ${file.path}`);
  let count = 0;
  for await (const pair of file.read()) {
    see(pair, count++);
  }
  shown.done(`${count} pairs`);
  return count > 0 ? { ...file, count } : refuse(file.path, 'must have a pair', 'none');
}
