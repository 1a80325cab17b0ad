import { createHash } from 'node:crypto';
import { refuse } from '../../core/check.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What a file says of a vocabulary beside its words and weights, which are tensors. */
export interface StoredVocabulary {
  /** SHA-256 of the words' bytes: a word in another row would be embedded as another word, and nothing else would show it */
  readonly sha256: string;
  readonly nGrams: Vocabulary['nGrams'];
  readonly buckets: number;
}

export function storedVocabulary({ nGrams, buckets }: Vocabulary, words: Uint8Array): StoredVocabulary {
  return { sha256: sha256(words), nGrams, buckets };
}

/**
 * The vocabulary that a file says it has, but for its weights.
 *
 * @throws RangeError, naming the file, if it says something else, or the words are not those that were written
 */
export function readVocabulary(
  path: string,
  stored: ReadonlyMap<string, unknown>,
  bytes: Uint8Array,
): Vocabulary {
  const [buckets, nGrams] = [stored.get('buckets'), stored.get('nGrams')];
  const [least, most]: unknown[] = Array.isArray(nGrams) ? nGrams : [];
  if (typeof buckets !== 'number' || typeof least !== 'number' || typeof most !== 'number')
    return refuse(
      path,
      'must say what n-grams and buckets its vocabulary has',
      JSON.stringify({ nGrams, buckets }),
    );
  const digest = sha256(bytes);
  if (stored.get('sha256') !== digest)
    refuse(path, 'must have the words it was written with', `others, of SHA-256 ${digest.slice(0, 8)}…`);
  return { words: wordsIn(bytes), nGrams: [least, most], buckets };
}

/**
 * Words as UTF-8, a line each.
 *
 * @throws RangeError if one has a line end or half of a surrogate pair, which would come back as something else
 */
export function wordBytes(where: string, words: readonly string[]): Uint8Array {
  const bytes = Buffer.from(words.map((word) => `${word}\n`).join(''));
  const back = wordsIn(bytes);
  const wrong = words.findIndex((word, i) => word !== back[i]);
  if (wrong >= 0) refuse(where, `word ${wrong} must be a text of one line`, JSON.stringify(words[wrong]));
  return bytes;
}

function wordsIn(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString().split('\n').slice(0, -1);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
