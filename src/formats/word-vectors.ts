import { checkEqual, refuse } from '../core/check.ts';
import { readLines } from './lines.ts';

/** Vectors of words, all of one length. */
export interface WordVectors {
  readonly dim: number;
  readonly vectors: ReadonlyMap<string, Float32Array>;
}

const HEADER = /^(\d+)[ \t]+(\d+)[ \t]*$/;
const SPACES = /[ \t]/;
const NOT_SPACES = /[^ \t]+/g;

/**
 * Vectors in the text format of GloVe, word2vec and fastText, plain or .gz: a word and its numbers a line, with spaces or tabs between;
 * before them, or not, a line that says how many words there are and how many numbers each has. Only the words that are asked for are
 * kept, as they are spelled, and lines of others are passed over unread, but for the first. Of a word that comes twice, the first counts.
 *
 * `tableFrom(vocabulary, dim, (word) => vectors.get(word))` makes the table of an `embeddingBag` of them, where the words were
 * `new Set(vocabulary.words)`.
 *
 * @throws RangeError that names the file and the line if one has not as many numbers as the first, or one that is not finite or no number;
 *   or if the file has no vector, or other than as many as its first line says
 */
export async function readWordVectors(path: string, words: ReadonlySet<string>): Promise<WordVectors> {
  const vectors = new Map<string, Float32Array>();
  let said: number | undefined;
  let dim: number | undefined;
  let [line, count] = [0, 0];
  for await (const text of readLines(path)) {
    line++;
    if (text.trim() === '') continue;
    const header = line === 1 ? HEADER.exec(text) : null;
    if (header !== null) {
      [said, dim] = [Number(header[1]), Number(header[2])];
      continue;
    }
    count++;
    const [word] = text.split(SPACES, 1);
    if (count > 1 && (!words.has(word) || vectors.has(word))) continue;
    const where = `${path} line ${line}`;
    const numbers = text.slice(word.length).match(NOT_SPACES) ?? [];
    dim ??= numbers.length;
    // a word with spaces in it, as GloVe has some: this one is but its beginning
    if (numbers.length > dim && count > 1) continue;
    if (dim === 0 || numbers.length !== dim)
      refuse(where, `must be a word and ${dim || 'its'} numbers`, numbers.length);
    const vector = Float32Array.from(numbers, Number);
    const wrong = vector.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) refuse(where, `number ${wrong} must be a finite number`, numbers[wrong]);
    // a copy: what is cut from a line keeps the piece of the file in memory that the line is cut from
    if (words.has(word)) vectors.set(Buffer.from(word).toString(), vector);
  }
  if (dim === undefined) return refuse(path, 'must have a line of a word and its numbers', 'none');
  if (said !== undefined) checkEqual(path, 'words', count, said);
  return { dim, vectors };
}
