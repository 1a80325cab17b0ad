import { type WordCounts, wordCounts } from '../../src/models/text/vocabulary.ts';
import type { JobOptions } from './options.ts';

/** Counts words as a job asks for. */
export function wordsOfJob({ least, words, buckets, 'n-grams': lengths }: JobOptions): WordCounts {
  if (lengths === 'none') return wordCounts({ least, words, buckets: 0 });
  const [shortest, longest] = lengths.split('-').map(Number);
  return wordCounts({ least, words, buckets, nGrams: [shortest, longest] });
}
