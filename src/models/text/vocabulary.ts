import type { Bags } from '../../core/bags.ts';
import { checkEqual, checkOneOf, checkWhole, refuse } from '../../core/check.ts';
import { matrix, type Matrix, row } from '../../core/matrix.ts';
import { gaussian } from '../gaussian.ts';
import { type NGramLengths, nGramBuckets } from './n-grams.ts';
import { wordsOf } from './words.ts';

export interface VocabularyOptions {
  /** In how many texts a word must be to have a row of its own. @default 2 */
  readonly least?: number;
  /** How many words may have one: those of most texts. @default all */
  readonly words?: number;
  /** Lengths of the runs of characters that are looked at beside whole words. @default [3, 5] */
  readonly nGrams?: NGramLengths;
  /** How many rows these share, by their hash; 0 for words alone. @default 65536 */
  readonly buckets?: number;
  /** What a row weighs: ln((1 + texts) / (1 + texts that have it)) + 1, or the same as any other. @default 'idf' */
  readonly weights?: 'idf' | 'mean';
}

/** Which rows of a table a text is made of, as plain data: the words' rows first, then the buckets'. */
export interface Vocabulary {
  /** word i has row i; in falling order of how many texts have them, equal ones in the order of their code units */
  readonly words: readonly string[];
  readonly nGrams: NGramLengths;
  readonly buckets: number;
  /** rows; what each weighs, or none where all weigh the same */
  readonly idf?: Float32Array;
}

export function vocabularyRows({ words, buckets }: Vocabulary): number {
  return words.length + buckets;
}

/**
 * Counts words, as `wordsOf` finds them, and n-grams in the texts a model is to learn from.
 *
 * @throws RangeError if least or a length is not a whole number >= 1, words or buckets not one >= 0, the shortest n-gram is longer than the
 *   longest, there are neither words nor buckets, or weights is another
 * @see Spärck Jones, "A statistical interpretation of term specificity", 1972; the formula is scikit-learn's, smoothed
 */
export function vocabulary(texts: Iterable<string>, options: VocabularyOptions = {}): Vocabulary {
  const { count, done } = wordCounts(options);
  for (const text of texts) count(text);
  return done();
}

/** Words that are counted as texts come. */
export interface WordCounts {
  count(text: string): void;
  /** @throws RangeError if there are neither words nor buckets */
  done(): Vocabulary;
}

/**
 * The same of texts that come one at a time.
 *
 * @throws RangeError as `vocabulary`
 */
export function wordCounts({
  least = 2,
  words: most = Infinity,
  nGrams = [3, 5],
  buckets = 65_536,
  weights = 'idf',
}: VocabularyOptions = {}): WordCounts {
  checkWhole('vocabulary', 'least', least, 1);
  if (most !== Infinity) checkWhole('vocabulary', 'words', most);
  checkHashing('vocabulary', nGrams, buckets);
  checkOneOf('vocabulary', 'weights', weights, ['idf', 'mean']);
  const counts = new Map<string, number>();
  const bucketCounts = new Uint32Array(buckets);
  // of each bucket the last text that had it
  const lastText = new Uint32Array(buckets);
  let textCount = 0;
  return {
    count(text) {
      textCount++;
      for (const word of new Set(wordsOf(text))) {
        counts.set(word, (counts.get(word) ?? 0) + 1);
        if (buckets === 0 || weights === 'mean') continue;
        for (const bucket of nGramBuckets(word, nGrams, buckets)) {
          if (lastText[bucket] === textCount) continue;
          lastText[bucket] = textCount;
          bucketCounts[bucket]++;
        }
      }
    },
    done() {
      const words = Array.from(counts)
        .filter(([, count]) => count >= least)
        .sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1))
        .slice(0, most)
        .map(([word]) => word);
      if (words.length + buckets === 0) refuse('vocabulary', 'there must be words or buckets', 'none');
      if (weights === 'mean') return { words, nGrams, buckets };
      const of = [...words.map((word) => counts.get(word) ?? 0), ...bucketCounts];
      return {
        words,
        nGrams,
        buckets,
        idf: Float32Array.from(of, (count) => Math.log((1 + textCount) / (1 + count)) + 1),
      };
    },
  };
}

/**
 * That words, n-grams and buckets are what `vocabulary` may make of some texts.
 *
 * @throws RangeError if a length is not a whole number >= 1, buckets not one >= 0, there are no rows, or not a finite weight > 0 for each
 */
export function checkVocabulary(where: string, vocabulary: Vocabulary): void {
  const { nGrams, buckets, idf } = vocabulary;
  checkHashing(where, nGrams, buckets);
  const rows = vocabularyRows(vocabulary);
  if (rows === 0) refuse(where, 'there must be words or buckets', 'none');
  if (idf === undefined) return;
  checkEqual(where, 'idf.length', idf.length, rows);
  const wrong = idf.findIndex((weight) => !(weight > 0 && weight < Infinity));
  if (wrong >= 0) refuse(where, `idf[${wrong}] must be a finite number > 0`, idf[wrong]);
}

function checkHashing(where: string, [least, most]: NGramLengths, buckets: number): void {
  checkWhole(where, 'the shortest n-gram', least, 1);
  checkWhole(where, 'the longest n-gram', most, least);
  checkWhole(where, 'buckets', buckets);
}

/**
 * Texts as weighted rows of a table: each known word, and the n-grams of every word, as often as they are there; the weights of a text add up
 * to 1. A text without any is an empty bag.
 *
 * @throws RangeError if the vocabulary is none
 */
export function textBags(vocabulary: Vocabulary): (texts: readonly string[]) => Bags {
  checkVocabulary('textBags', vocabulary);
  const { words, nGrams, buckets, idf } = vocabulary;
  const rowOf = new Map(words.map((word, row) => [word, row]));
  const hashed = (word: string): number[] =>
    buckets === 0 ? [] : nGramBuckets(word, nGrams, buckets).map((bucket) => words.length + bucket);
  // the rows of each known word, from when it is first met: in one array, since thousands of short ones keep the garbage collector busy
  const met = appended();
  const [starts, ends] = [new Uint32Array(words.length), new Uint32Array(words.length)];
  const meet = (word: string, row: number): void => {
    starts[row] = met.length;
    met.append([row, ...hashed(word)]);
    ends[row] = met.length;
  };
  return (texts) => {
    const offsets = new Uint32Array(texts.length + 1);
    const found = appended();
    texts.forEach((text, i) => {
      for (const word of wordsOf(text)) {
        const row = rowOf.get(word);
        if (row === undefined) found.append(hashed(word));
        else {
          if (ends[row] === 0) meet(word, row);
          found.append(met.numbers, starts[row], ends[row]);
        }
      }
      offsets[i + 1] = found.length;
    });
    const ids = found.numbers.slice(0, found.length);
    return { offsets, ids, weights: shares(offsets, ids, idf) };
  };
}

/** Numbers in the order they were appended, in an array that doubles when it is full. */
function appended() {
  let numbers = new Uint32Array(1024);
  let length = 0;
  return {
    /** these, and room behind them */
    get numbers() {
      return numbers;
    },
    get length() {
      return length;
    },
    append(from: ArrayLike<number>, start = 0, end = from.length): void {
      if (length + end - start > numbers.length) {
        const longer = new Uint32Array(2 * (length + end - start));
        longer.set(numbers);
        numbers = longer;
      }
      // for so few, a loop is faster than set
      for (let i = start; i < end; i++) numbers[length++] = from[i];
    },
  };
}

/** What each row weighs, over the sum of its text's. */
function shares(offsets: Uint32Array, ids: Uint32Array, idf: Float32Array | undefined): Float32Array {
  const weights = new Float32Array(ids.length);
  for (let i = 0; i + 1 < offsets.length; i++) {
    const [start, end] = [offsets[i], offsets[i + 1]];
    let sum = 0;
    for (let e = start; e < end; e++) {
      weights[e] = idf === undefined ? 1 : idf[ids[e]];
      sum += weights[e];
    }
    for (let e = start; e < end; e++) weights[e] /= sum;
  }
  return weights;
}

/** Rows of other words and of buckets are this short beside the given vectors. */
const SHORT = 0.1;

/**
 * A table that begins with given word vectors. Rows of words without one, and those of buckets, are random, normal and in the mean a tenth as
 * long as the given ones: zero would never be left, where all of a text is.
 *
 * @param vectorOf the vector of a word, or none
 * @throws RangeError if a vector has another length, or no word has one
 */
export function tableFrom(
  vocabulary: Vocabulary,
  dim: number,
  vectorOf: (word: string) => ArrayLike<number> | undefined,
  seed = 0,
): Matrix {
  const table = matrix(vocabularyRows(vocabulary), dim);
  const given: number[] = [];
  let lengths = 0;
  vocabulary.words.forEach((word, i) => {
    const vector = vectorOf(word);
    if (vector === undefined) return;
    checkEqual('tableFrom', `the vector of ${word}'s length`, vector.length, dim);
    row(table, i).set(vector);
    lengths += Math.hypot(...row(table, i));
    given.push(i);
  });
  if (given.length === 0) refuse('tableFrom', 'a word must have a vector', 'none');
  const others = gaussian(table.rows, dim, (SHORT * lengths) / given.length / Math.sqrt(dim), seed);
  for (const i of given) row(others, i).set(row(table, i));
  return others;
}
