import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { readNamedFolder, readSplit } from '../src/formats/data-folder.ts';
import { openNpyRows } from '../src/formats/npy.ts';
import { gatherRows } from '../src/formats/open-rows.ts';
import { leakWords, splitLeaks, type VectorsOf } from './leaking/split-leaks.ts';
import { DATA_OPTIONS } from './options.ts';
import { progress } from './progress.ts';

export const LEAKS_OPTIONS = {
  data: { ...DATA_OPTIONS.data, describe: 'BEIR folder; vectors are looked at where it has them' },
  train: { type: 'string', describe: 'the split that is learned from', default: 'train', requiresArg: true },
  test: { type: 'string', describe: 'the split that is evaluated', default: 'test', requiresArg: true },
  threshold: {
    type: 'number',
    describe: 'the cosine from which two vectors are near-duplicates',
    default: 0.95,
    requiresArg: true,
  },
  'text-threshold': {
    type: 'number',
    describe: 'the Jaccard similarity of five-character shingles from which two texts are',
    default: 0.8,
    requiresArg: true,
  },
  'corpus-vectors': DATA_OPTIONS['corpus-vectors'],
  'query-vectors': DATA_OPTIONS['query-vectors'],
  show: { type: 'number', describe: 'examples of each kind; --json has all', default: 10, requiresArg: true },
  json: DATA_OPTIONS.json,
} as const;

/** Lists what a test split shares with a training split: queries, answer documents, near-duplicates of either. */
export async function leaks(
  options: InferredOptionTypes<typeof LEAKS_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const { data: path, threshold, 'text-threshold': textThreshold, show } = options;
  for (const [flag, value] of [
    ['--threshold', threshold],
    ['--text-threshold', textThreshold],
  ] as const) {
    if (!(value > 0 && value <= 1)) refuse('leaks', `${flag} must be a number in (0, 1]`, value);
  }
  checkWhole('leaks', '--show', show);
  const folder = await readNamedFolder(path);
  const { corpus, queries } = folder;
  const splits = {
    train: await readSplit(folder, options.train),
    test: await readSplit(folder, options.test),
  };
  signal.throwIfAborted();
  const files = [
    options['corpus-vectors'] ?? join(path, 'corpus.npy'),
    options['query-vectors'] ?? join(path, 'queries.npy'),
  ];
  const given = options['corpus-vectors'] !== undefined || options['query-vectors'] !== undefined;
  const withVectors = given || (await allThere(files));
  const [corpusFile, queryFile] = files;
  const vectors = withVectors
    ? {
        corpus: rowsOf(corpusFile, corpus.names.names.length),
        queries: rowsOf(queryFile, queries.names.names.length),
      }
    : undefined;
  const shown = progress('looking for near-duplicates');
  const found = await splitLeaks(folder, splits, { threshold, textThreshold, vectors });
  shown.done();
  if (options.json) {
    console.log(JSON.stringify(found));
    return;
  }
  console.log(leakWords(found, show));
  if (!withVectors) console.log(`no vectors were looked at: ${path} has no corpus.npy and queries.npy`);
}

async function allThere(paths: readonly string[]): Promise<boolean> {
  return Promise.all(paths.map((path) => access(path))).then(
    () => true,
    () => false,
  );
}

/** Reads rows of a file that has as many as there are records. */
function rowsOf(path: string, records: number): VectorsOf {
  return async (rows) => {
    const file = await openNpyRows(path);
    try {
      if (file.rows !== records) refuse(path, `rows must be ${records}, one a record`, file.rows);
      return await gatherRows(file, rows);
    } finally {
      await file.close();
    }
  };
}
