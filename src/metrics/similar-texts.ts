import { refuse } from '../core/check.ts';
import { Interned } from '../core/interned.ts';

/** Characters of a shingle. */
const SHINGLE = 5;
/** A bound that a share is compared with may be off by this. */
const ROUNDING = 1e-9;

/** A text as near-duplicates are told by: NFKC, lower case, letters, marks and digits alone, one space between words. */
export function normalizedText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}

/**
 * Calls `onPair(i, j, similarity)` with every text i and every j of some others that are near-duplicates: the Jaccard similarity |A ∩ B| / |A ∪ B|
 * of their sets of shingles, five characters in a row of the normalized text (a shorter text is one shingle), is at least the threshold.
 *
 * Exact: no pair is missed, and none is sampled. A text without a letter or digit is like no other. Of others whose normalized form is the
 * same, the first alone is met. The shingles of the texts are held in memory, and of the others what is looked at.
 *
 * @throws RangeError if threshold is not in (0, 1]
 * @see Broder, "On the resemblance and containment of documents", 1997; Chaudhuri, Ganti and Kaushik, "A primitive operator for similarity joins", 2006 (prefixes); Bayardo, Ma and Srikant, "Scaling up all pairs similarity search", 2007
 */
export function similarTexts(
  texts: readonly string[],
  others: readonly string[],
  threshold: number,
  onPair: (i: number, j: number, similarity: number) => void,
): void {
  if (!(threshold > 0 && threshold <= 1))
    refuse('similarTexts', 'threshold must be a number in (0, 1]', threshold);
  const shingles = new Interned();
  const rows = [...byText(texts)];
  const sets = rows.map(([text]) => setOf(text, shingles));
  const rankOf = rareFirst(sets, shingles.size);
  const postings = new Map<number, number[]>();
  sets.forEach((set, a) => {
    for (const shingle of set.subarray(0, prefixOf(set.length, threshold))) {
      const list = postings.get(shingle);
      if (list === undefined) postings.set(shingle, [a]);
      else list.push(a);
    }
  });
  const lookedAt = new Int32Array(sets.length).fill(-1);
  for (const [text, [j]] of byText(others)) {
    const known = knownOf(text, shingles, threshold);
    if (known === undefined) continue;
    const other = known.shingles.map((shingle) => rankOf[shingle]).sort();
    // in the order of rarity what no text has comes first
    const length = prefixOf(known.size, threshold) - (known.size - other.length);
    for (const shingle of other.subarray(0, Math.max(0, length))) {
      for (const a of postings.get(shingle) ?? []) {
        if (lookedAt[a] === j) continue;
        lookedAt[a] = j;
        const shared = sharedOf(sets[a], other);
        const similarity = shared / (sets[a].length + known.size - shared);
        if (similarity >= threshold) for (const i of rows[a][1]) onPair(i, j, similarity);
      }
    }
  }
}

/** The rows of each normalized text. */
function byText(texts: readonly string[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  texts.forEach((text, i) => {
    const normalized = normalizedText(text);
    if (normalized === '') return;
    const same = rows.get(normalized);
    if (same === undefined) rows.set(normalized, [i]);
    else same.push(i);
  });
  return rows;
}

/** Where the characters of a text start in its bytes, and where its last ends. */
function characters(bytes: Uint8Array): Uint32Array {
  const starts = new Uint32Array(bytes.length + 1);
  let count = 0;
  // a byte that goes on a character is 10xxxxxx
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] & 0xc0) !== 0x80) starts[count++] = i;
  starts[count++] = bytes.length;
  return starts.subarray(0, count);
}

/** Calls with the bounds of each shingle until it is told to stop. */
function eachShingle(starts: Uint32Array, visit: (start: number, end: number) => boolean): void {
  const length = starts.length - 1;
  for (let i = 0; i === 0 || i + SHINGLE <= length; i++) {
    if (!visit(starts[i], starts[Math.min(i + SHINGLE, length)])) return;
  }
}

function setOf(text: string, shingles: Interned): Uint32Array {
  const bytes = new TextEncoder().encode(text);
  const found = new Set<number>();
  eachShingle(characters(bytes), (start, end) => {
    found.add(shingles.intern(bytes, start, end));
    return true;
  });
  return Uint32Array.from(found);
}

/** The shingles of a text that are known, and how many different ones it has; undefined where too few are for any text to be as similar. */
function knownOf(
  text: string,
  shingles: Interned,
  threshold: number,
): { readonly shingles: Uint32Array; readonly size: number } | undefined {
  const bytes = Buffer.from(text);
  const starts = characters(bytes);
  const unknownAtMost = (1 - threshold) * Math.max(1, starts.length - SHINGLE) + ROUNDING;
  const known = new Set<number>();
  const unknown = new Set<string>();
  eachShingle(starts, (start, end) => {
    const shingle = shingles.find(bytes, start, end);
    if (shingle >= 0) known.add(shingle);
    else unknown.add(bytes.toString('latin1', start, end));
    return unknown.size <= unknownAtMost;
  });
  if (unknown.size > unknownAtMost) return undefined;
  return { shingles: Uint32Array.from(known), size: known.size + unknown.size };
}

/** Numbers shingles by how many sets have them, the rarest first, and sorts each set so. */
function rareFirst(sets: readonly Uint32Array[], size: number): Uint32Array {
  const counts = new Uint32Array(size);
  for (const set of sets) for (const shingle of set) counts[shingle]++;
  const rankOf = new Uint32Array(size);
  Uint32Array.from(counts, (_, shingle) => shingle)
    .sort((a, b) => counts[a] - counts[b] || a - b)
    .forEach((shingle, rank) => (rankOf[shingle] = rank));
  for (const set of sets) {
    set.forEach((shingle, e) => (set[e] = rankOf[shingle]));
    set.sort();
  }
  return rankOf;
}

/** So many of a set's rarest that a set as similar must have one of them. */
function prefixOf(size: number, threshold: number): number {
  return size - Math.ceil(threshold * size - ROUNDING) + 1;
}

/** How many two sets in rising order have in common. */
function sharedOf(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const order = a[i] - b[j];
    if (order === 0) shared++;
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return shared;
}
