import { definitions, documentsOf, type Definition, type Document } from './dictionary.ts';
import { inSample, split, type Splits } from './split.ts';
import type { Synset } from './wordnet.ts';

export interface ReverseDictionary {
  /** what is searched, documents without a definition in a split among them */
  readonly documents: readonly Document[];
  /** the definitions that are in a split, in the order of the synsets */
  readonly definitions: readonly Definition[];
  readonly splits: Splits;
}

/** Definitions and what they define, or a share of it by headword; the splits are those of the whole either way. */
export function reverseDictionary(synsets: Iterable<Synset>, share = 1): ReverseDictionary {
  const all = definitions(synsets);
  const documents = documentsOf(all).filter((document) => inSample(document, share));
  const sampled = new Set(documents);
  const { train, dev, test } = split(all);
  const kept = (pairs: readonly Definition[]) => pairs.filter(({ document }) => sampled.has(document));
  const splits = { train: kept(train), dev: kept(dev), test: kept(test) };
  const used = new Set([...splits.train, ...splits.dev, ...splits.test]);
  return { documents, definitions: all.filter((definition) => used.has(definition)), splits };
}
