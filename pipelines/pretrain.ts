import type { Bags } from '../src/core/bags.ts';
import { checkEqual } from '../src/core/check.ts';
import type { Matrix } from '../src/core/matrix.ts';
import type { NamedFolder } from '../src/formats/data-folder.ts';
import { openTexts, type Texts } from '../src/formats/texts.ts';
import { readWordVectors } from '../src/formats/word-vectors.ts';
import { bagLayer } from '../src/models/text/bag-layer.ts';
import { embeddingBag } from '../src/models/text/embedding-bag.ts';
import {
  tableFrom,
  textBags,
  type Vocabulary,
  vocabularyRows,
  type WordCounts,
  wordCounts,
} from '../src/models/text/vocabulary.ts';
import { documentsOf } from './features.ts';
import type { Vectors } from './reporting/ranked-system.ts';
import { countPairs } from '../src/streams/pairs.ts';
import { embeddedVectors } from './training/embedded-vectors.ts';
import { fileSource } from './training/file-source.ts';
import { folderSource } from './training/folder-source.ts';
import type { JobFiles } from './training/job-files.ts';
import { judgedPairs } from './training/judged-pairs.ts';
import { textModels } from './training/models.ts';
import type { JobOptions } from './training/options.ts';
import type { Judged, Prepared } from './training/prepared.ts';
import type { Splits } from './training/splits.ts';

/** Columns that a table has unless it is said. */
const DIM = 256;

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
  const bagsOf = textBags(words);
  const bags = (texts: Texts) => async (rows: Uint32Array) => bagsOf(await texts.of(rows));
  const features = { queries: bags(queries), documents: bags(documents) };
  const encoder = await textEncoder(words, options);
  const evaluated = { folder, features, split: held };
  return {
    ...encoder,
    source: folderSource({ folder, features }, training, encoder.sides, options),
    learnedFrom: `${countPairs(training)} pairs of split ${training.name} of ${folder.path}`,
    dev: dev && { folder, features, split: dev },
    evaluated: { ...evaluated, before: () => untrained(evaluated, encoder, signal) },
    async close() {
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
  const collate = textBags(words);
  const encoder = await textEncoder(words, options);
  const evaluated = test && (await judgedPairs(test, collate));
  return {
    ...encoder,
    source: fileSource(training, collate, options),
    learnedFrom: name,
    dev: dev && (await judgedPairs(dev, collate)),
    evaluated: evaluated && { ...evaluated, before: () => untrained(evaluated, encoder, signal) },
    close: async () => {},
  };
}

/** Counts words as a job asks for. */
export function wordsOfJob({ least, words, buckets, 'n-grams': lengths }: JobOptions): WordCounts {
  if (lengths === 'none') return wordCounts({ least, words, buckets: 0 });
  const [shortest, longest] = lengths.split('-').map(Number);
  return wordCounts({ least, words, buckets, nGrams: [shortest, longest] });
}

type TextEncoder = Pick<Prepared<Bags, Bags>, 'sides' | 'dim' | 'layers' | 'besides'>;

async function textEncoder(words: Vocabulary, options: JobOptions): Promise<TextEncoder> {
  const { seed } = options;
  const given = await givenVectors(words, options);
  const dim = given?.cols ?? options.dim ?? DIM;
  const table = embeddingBag({ rows: vocabularyRows(words), dim, start: given, seed });
  const { sides, layers } = textModels(table, dim, bagLayer(words, table.parameters.table), options);
  return { sides, dim, layers, besides: {} };
}

/** A table that begins with the vectors of a file, where there is one. */
async function givenVectors(
  words: Vocabulary,
  { 'word-vectors': path, dim: asked, seed }: JobOptions,
): Promise<Matrix | undefined> {
  if (path === undefined) return undefined;
  const { dim, vectors } = await readWordVectors(path, new Set(words.words));
  if (asked !== undefined) checkEqual('train', `--dim with --word-vectors ${path}`, asked, dim);
  return tableFrom(words, dim, (word) => vectors.get(word), seed);
}

async function untrained(
  judged: Judged<Bags, Bags>,
  { sides, dim }: TextEncoder,
  signal: AbortSignal,
): Promise<readonly Vectors[]> {
  return [{ name: 'untrained', folder: await embeddedVectors(judged, sides, dim, signal) }];
}
