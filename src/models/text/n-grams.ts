/** Shortest and longest, in characters (code points). */
export type NGramLengths = readonly [least: number, most: number];

/**
 * The bucket of each run of so many characters of `<word>`, by the place of its start and then by length. The marks make of the beginnings and ends of words
 * something else than their middles.
 *
 * @see Bojanowski et al., "Enriching word vectors with subword information", 2017, section 3.2
 */
export function nGramBuckets(word: string, [least, most]: NGramLengths, buckets: number): number[] {
  const characters = Array.from(`<${word}>`, (character) => character.codePointAt(0) ?? 0);
  const found: number[] = [];
  for (let start = 0; start + least <= characters.length; start++) {
    // FNV-1a, a character at a time in place of a byte
    let hash = 0x811c9dc5;
    for (let length = 1; length <= most && start + length <= characters.length; length++) {
      hash = Math.imul(hash ^ characters[start + length - 1], 0x01000193);
      if (length >= least) found.push(mixed(hash) % buckets);
    }
  }
  return found;
}

/** Every bit of a hash in every bit of another (MurmurHash3's last step): its low bits alone would hardly know the high ones. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
