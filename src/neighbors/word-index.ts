import MiniSearch from 'minisearch';
import { checkEqual, refuse } from '../core/check.ts';

/** Texts by id, and those whose words are nearest to a query's. */
export interface WordIndex {
  /** texts stored */
  readonly size: number;
  /**
   * Stores texts under new ids.
   *
   * @throws RangeError if there is not an id a text, or one is known
   */
  add(texts: readonly string[], ids: Uint32Array): void;
  /** Ids of at most `count` texts that share a word with the query, best first, ties to the smaller id. */
  search(query: string, count: number): Uint32Array;
}

/** A word of more texts than this share of them is not searched for: it hardly tells them apart, and nearly all would be scored. */
const COMMON = 0.1;
/** ... from so many texts on */
const MANY = 1000;

/**
 * BM25+ over words (runs of anything but spaces and punctuation, in lower case), with k1 1.2, b 0.7 and delta 0.5, as minisearch has it.
 *
 * @see Lv and Zhai, "Lower-bounding term frequency normalization", 2011
 */
export function wordIndex(): WordIndex {
  const index = new MiniSearch<{ readonly id: number; readonly text: string }>({
    fields: ['text'],
    tokenize: wordsOf,
    processTerm: (word) => word,
  });
  const texts = new Map<string, number>();
  const searched = (word: string): string | null => {
    const common = index.documentCount >= MANY && (texts.get(word) ?? 0) > COMMON * index.documentCount;
    return common ? null : word;
  };
  return {
    get size() {
      return index.documentCount;
    },
    add(added, ids) {
      checkEqual('wordIndex.add', 'ids.length', ids.length, added.length);
      added.forEach((text, i) => {
        if (index.has(ids[i])) refuse('wordIndex.add', 'ids must be new', ids[i]);
        index.add({ id: ids[i], text });
        for (const word of new Set(wordsOf(text))) texts.set(word, (texts.get(word) ?? 0) + 1);
      });
    },
    search(query, count) {
      const found = index.search(query, { processTerm: searched });
      found.sort((a, b) => b.score - a.score || Number(a.id) - Number(b.id));
      return Uint32Array.from(found.slice(0, count), ({ id }) => Number(id));
    },
  };
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\n\r\p{Z}\p{P}]+/u)
    .filter((word) => word !== '');
}
