import type { Bags } from '../../src/core/bags.ts';
import { checkEqual } from '../../src/core/check.ts';
import type { Matrix } from '../../src/core/matrix.ts';
import { readWordVectors } from '../../src/formats/word-vectors.ts';
import { bagLayer } from '../../src/models/text/bag-layer.ts';
import { embeddingBag } from '../../src/models/text/embedding-bag.ts';
import { tableFrom, type Vocabulary, vocabularyRows } from '../../src/models/text/vocabulary.ts';
import { type Models, textModels } from './models.ts';
import type { JobOptions } from './options.ts';

export interface TextEncoder extends Models<Bags> {
  /** columns that come out */
  readonly dim: number;
}

/** Columns that a table has unless it is said. */
const DIM = 256;

/** A table for these words and what stands on it, as a job asks for. */
export async function textEncoder(words: Vocabulary, options: JobOptions): Promise<TextEncoder> {
  const { seed } = options;
  const given = await givenVectors(words, options);
  const dim = given?.cols ?? options.dim ?? DIM;
  const table = embeddingBag({ rows: vocabularyRows(words), dim, start: given, seed });
  return { dim, ...textModels(table, dim, bagLayer(words, table.parameters.table), options) };
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
