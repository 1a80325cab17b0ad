import type { Bags } from '../src/core/bags.ts';
import type { NamedFolder } from '../src/formats/data-folder.ts';
import { textBags } from '../src/models/text/vocabulary.ts';
import { countPairs } from '../src/streams/pairs.ts';
import { documentsOf } from './features.ts';
import type { Vectors } from './reporting/ranked-system.ts';
import { embeddedVectors } from './training/embedded-vectors.ts';
import { folderSource } from './training/folder-source.ts';
import type { FolderTextsThread } from './training/folder-texts-thread.ts';
import { judgedPairs } from './training/judged-pairs.ts';
import type { JobOptions } from './training/options.ts';
import { textPairFile } from './training/pair-files.ts';
import type { Judged, Prepared } from './training/prepared.ts';
import type { Splits } from './training/splits.ts';
import { type TextEncoder, textEncoder } from './training/text-encoder.ts';
import { thread } from './training/thread.ts';
import { threadedPairs, threadedSource } from './training/threaded-pairs.ts';

/** An encoder of a folder's texts: the sum of what their words and the parts of these are worth, and what is learned on it. */
export async function pretrain(
  folder: NamedFolder,
  { training, dev, held }: Splits,
  options: JobOptions,
  signal: AbortSignal,
): Promise<Prepared<Bags, Bags>> {
  const texts = thread<FolderTextsThread>(import.meta.url, './training/folder-texts-thread.js');
  const words = await texts.call('open', {
    paths: { query: folder.queries.path, document: folder.corpus.path },
    counted: { query: training.queries, document: documentsOf(training, folder) },
    options,
  });
  const features = {
    queries: (rows: Uint32Array) => texts.call('query', rows),
    documents: (rows: Uint32Array) => texts.call('document', rows),
  };
  const encoder = await textEncoder(words, options);
  const evaluated = { folder, features, split: held };
  return {
    ...encoder,
    besides: {},
    source: folderSource({ folder, features }, training, encoder.sides, options),
    learnedFrom: `${countPairs(training)} pairs of split ${training.name} of ${folder.path}`,
    dev: dev && { folder, features, split: dev },
    evaluated: { ...evaluated, before: () => untrained(evaluated, encoder, signal) },
    async close() {
      await texts.call('done', undefined);
      await texts.close();
    },
  };
}

/** The same of pairs of texts in files. */
export async function pretrainFiles(options: JobOptions, signal: AbortSignal): Promise<Prepared<Bags, Bags>> {
  const { 'dev-pairs': dev, 'test-pairs': test } = options;
  const pairs = threadedPairs<Bags>();
  const { words, steps, name } = await pairs.call('bags', options);
  const encoder = await textEncoder(words, options);
  const bagsOf = textBags(words);
  const judged = (path: string): Promise<Judged<Bags, Bags>> => judgedPairs(textPairFile(path), bagsOf);
  const evaluated = test === undefined ? undefined : await judged(test);
  return {
    ...encoder,
    besides: {},
    source: threadedSource(pairs, steps),
    learnedFrom: name,
    dev: dev === undefined ? undefined : await judged(dev),
    evaluated: evaluated && { ...evaluated, before: () => untrained(evaluated, encoder, signal) },
    close: pairs.close,
  };
}

async function untrained(
  judged: Judged<Bags, Bags>,
  { sides, dim }: TextEncoder,
  signal: AbortSignal,
): Promise<readonly Vectors[]> {
  return [{ name: 'untrained', folder: await embeddedVectors(judged, sides, dim, signal) }];
}
