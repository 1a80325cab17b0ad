import type { Bags } from '../src/core/bags.ts';
import type { NamedFolder, Split } from '../src/formats/data-folder.ts';
import { bagLayer } from '../src/models/text/bag-layer.ts';
import { openTexts, type Texts } from '../src/formats/texts.ts';
import { embeddingBag } from '../src/models/text/embedding-bag.ts';
import { textBags, vocabulary, vocabularyRows } from '../src/models/text/vocabulary.ts';
import { documentsOf } from './features.ts';
import { progress } from './progress.ts';
import { embeddedVectors } from './training/embedded-vectors.ts';
import { textModels } from './training/models.ts';
import type { JobOptions } from './training/options.ts';
import type { Prepared } from './training/prepared.ts';

/** Columns that a table has unless it is said. */
const DIM = 256;

/** An encoder of texts: the sum of what their words and the parts of these are worth, and what is learned on it. */
export async function pretrain(
  folder: NamedFolder,
  training: Split,
  options: JobOptions,
  signal: AbortSignal,
): Promise<Prepared<Bags, Bags>> {
  const [documents, queries] = [await openTexts(folder.corpus.path), await openTexts(folder.queries.path)];
  const shown = progress('counting words');
  const words = vocabulary(
    [...(await documents.of(documentsOf(training, folder))), ...(await queries.of(training.queries))],
    wordsAsked(options),
  );
  shown.done(`${words.words.length} words`);
  const { dim = DIM, seed } = options;
  const table = embeddingBag({ rows: vocabularyRows(words), dim, seed });
  const { sides, layers } = textModels(table, dim, bagLayer(words, table.parameters.table), options);
  const bagsOf = textBags(words);
  const bags = (texts: Texts) => async (rows: Uint32Array) => bagsOf(await texts.of(rows));
  const features = { queries: bags(queries), documents: bags(documents) };
  return {
    folder,
    features,
    sides,
    dim,
    before: async () => [
      { name: 'untrained', folder: await embeddedVectors({ folder, features }, sides, dim, signal) },
    ],
    layers,
    besides: {},
    async close() {
      await documents.close();
      await queries.close();
    },
  };
}

function wordsAsked({
  least,
  words,
  buckets,
  'n-grams': lengths,
}: JobOptions): Parameters<typeof vocabulary>[1] {
  if (lengths === 'none') return { least, words, buckets: 0 };
  const [shortest, longest] = lengths.split('-').map(Number);
  return { least, words, buckets, nGrams: [shortest, longest] };
}
