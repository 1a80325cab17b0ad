import type { Bags } from '../src/core/bags.ts';
import type { NamedFolder } from '../src/formats/data-folder.ts';
import { openTexts, type Texts } from '../src/formats/texts.ts';
import { threadedBags } from '../src/models/text/threaded-bags.ts';
import type { WordCounts } from '../src/models/text/vocabulary.ts';
import { documentsOf } from './features.ts';
import type { Vectors } from './reporting/ranked-system.ts';
import { countPairs } from '../src/streams/pairs.ts';
import { embeddedVectors } from './training/embedded-vectors.ts';
import { fileSource } from './training/file-source.ts';
import { folderSource } from './training/folder-source.ts';
import type { JobFiles } from './training/job-files.ts';
import { judgedPairs } from './training/judged-pairs.ts';
import type { JobOptions } from './training/options.ts';
import type { Judged, Prepared } from './training/prepared.ts';
import type { Splits } from './training/splits.ts';
import { type TextEncoder, textEncoder, wordsOfJob } from './training/text-encoder.ts';

/** An encoder of a folder's texts: the sum of what their words and the parts of these are worth, and what is learned on it. */
export async function pretrain(
  folder: NamedFolder,
  { training, dev, held }: Splits,
  options: JobOptions,
  signal: AbortSignal,
): Promise<Prepared<Bags, Bags>> {
  const [documents, queries] = [await openTexts(folder.corpus.path), await openTexts(folder.queries.path)];
  const counts = wordsOfJob(options);
  for (const text of await documents.of(documentsOf(training, folder))) counts.count(text);
  for (const text of await queries.of(training.queries)) counts.count(text);
  const words = counts.done();
  const bagged = threadedBags(words);
  const bags = (texts: Texts) => async (rows: Uint32Array) => bagged.of(await texts.of(rows));
  const features = { queries: bags(queries), documents: bags(documents) };
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
      await bagged.close();
      await documents.close();
      await queries.close();
    },
  };
}

/** The same of pairs of texts in files. @param counts the words that are in them */
export async function pretrainFiles(
  { training, dev, test, name }: JobFiles<string>,
  counts: WordCounts,
  options: JobOptions,
  signal: AbortSignal,
): Promise<Prepared<Bags, Bags>> {
  const words = counts.done();
  const { of: collate, close } = threadedBags(words);
  const encoder = await textEncoder(words, options);
  const evaluated = test && (await judgedPairs(test, collate));
  return {
    ...encoder,
    besides: {},
    source: fileSource(training, collate, options),
    learnedFrom: name,
    dev: dev && (await judgedPairs(dev, collate)),
    evaluated: evaluated && { ...evaluated, before: () => untrained(evaluated, encoder, signal) },
    close,
  };
}

async function untrained(
  judged: Judged<Bags, Bags>,
  { sides, dim }: TextEncoder,
  signal: AbortSignal,
): Promise<readonly Vectors[]> {
  return [{ name: 'untrained', folder: await embeddedVectors(judged, sides, dim, signal) }];
}
