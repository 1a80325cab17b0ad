import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refuse } from '../src/core/check.ts';
import { matrix } from '../src/core/matrix.ts';
import type { DataFolder, NamedFolder, Split } from '../src/formats/data-folder.ts';
import { progress } from './progress.ts';

/** The reverse dictionary that comes with the package. */
export const SAMPLE = join(fileURLToPath(new URL('../..', import.meta.url)), 'pipelines', 'sample');

// the files that read data are loaded when they are called, since `evaluate` has need of the options alone

/** What every command takes. */
export const DATA_OPTIONS = {
  data: {
    type: 'string',
    describe: 'BEIR folder with corpus.npy and queries.npy beside its .jsonl files',
    default: SAMPLE,
    defaultDescription: 'the sample that comes with nearmiss',
    requiresArg: true,
  },
  split: { type: 'string', describe: 'which qrels/SPLIT.tsv', default: 'test', requiresArg: true },
  'corpus-vectors': { type: 'string', describe: 'a .npy file instead of corpus.npy', requiresArg: true },
  'query-vectors': { type: 'string', describe: 'a .npy file instead of queries.npy', requiresArg: true },
  seed: { type: 'number', describe: 'of every random choice', default: 0, requiresArg: true },
  json: { type: 'boolean', describe: 'end with one JSON object on one line', default: false },
} as const;

export const DISTANCE_OPTION = {
  choices: ['cosine', 'dot', 'euclidean'],
  describe: 'what near means; vectors are taken as they are, a zero row has cosine 0 to all',
  default: 'cosine',
} as const;

export const INDEX_OPTION = {
  choices: ['hnsw', 'exact'],
  describe: 'how neighbors are found: through a graph, or every query against every row',
  default: 'hnsw',
} as const;

export const EF_OPTION = {
  type: 'number',
  describe: 'candidates a graph search keeps',
  default: 200,
  requiresArg: true,
} as const;

/** Refuses at once what would be refused after long work: a graph where its library is missing. */
export async function checkIndex(name: 'hnsw' | 'exact'): Promise<void> {
  if (name !== 'hnsw') return;
  const { hnsw } = await import('../src/neighbors/hnsw.ts');
  await hnsw({ dim: 1 }).add(matrix(0, 1), new Uint32Array(0));
}

export const RELATIVE_MARGIN_OPTION = {
  type: 'string',
  describe:
    "how much less than its positive a negative must score, as a share of the positive's score; none for no limit",
  defaultDescription: '0.05, with --compat none',
  requiresArg: true,
} as const;

/** @throws RangeError if it is neither a number nor none */
export function marginOf(command: string, text: string | undefined): number | 'none' | undefined {
  if (text === undefined || text === 'none') return text;
  const margin = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(margin))
    refuse(command, '--relative-margin must be a finite number or none', `'${text}'`);
  return margin;
}

/** The folder and the split that a command was given, with word of it where it takes long. */
export async function readData(options: {
  readonly data: string;
  readonly 'corpus-vectors'?: string;
  readonly 'query-vectors'?: string;
}): Promise<DataFolder> {
  const { readDataFolder } = await import('../src/formats/data-folder.ts');
  const shown = progress(`reading ${options.data}`);
  const data = await readDataFolder(options.data, {
    corpusVectors: options['corpus-vectors'],
    queryVectors: options['query-vectors'],
  });
  shown.done();
  return data;
}

/** A split that has a pair to learn or mine from. */
export async function readPairs(command: string, data: NamedFolder, name: string): Promise<Split> {
  const { readSplit } = await import('../src/formats/data-folder.ts');
  const { countPairs } = await import('../src/streams/pairs.ts');
  const split = await readSplit(data, name);
  if (countPairs(split) === 0) refuse(command, `split ${name} must have a judgment above 0`, 'none');
  return split;
}

/** Refuses a file that could not be written where it is asked for, before there is anything to write. */
export async function checkOutFile(command: string, flag: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const parent = await stat(dirname(resolve(path))).catch(() => undefined);
  if (parent?.isDirectory() !== true) refuse(command, `${flag} must be in a folder that exists`, path);
}

/** A seed that every generator takes as it is. */
export function checkSeed(command: string, seed: number): void {
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)) {
    refuse(command, '--seed must be a whole number in [0, 2147483648)', seed);
  }
}
