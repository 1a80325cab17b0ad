import { refuse } from '../core/check.ts';
import { Interned } from '../core/interned.ts';

/** Characters of a shingle. */
const SHINGLE = 5;

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
 * Exact: no pair is missed, and none is sampled. Only pairs that share one of the rarest shingles of each are looked at, since others cannot be as
 * similar. A text without a letter or digit is like no other. Of texts whose normalized form is the same, others are met by the first alone.
 *
 * @throws RangeError if threshold is not in (0, 1]
 * @see Broder, "On the resemblance and containment of documents", 1997; Chaudhuri, Ganti and Kaushik, "A primitive operator for similarity joins", 2006; Bayardo, Ma and Srikant, "Scaling up all pairs similarity search", 2007
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
  const [ours, theirs] = [distinctSets(texts, shingles), distinctSets(others, shingles)];
  rareFirst([...ours.sets, ...theirs.sets], shingles.size);
  const postings = new Map<number, number[]>();
  theirs.sets.forEach((set, b) => {
    for (const shingle of prefix(set, threshold)) {
      const list = postings.get(shingle);
      if (list === undefined) postings.set(shingle, [b]);
      else list.push(b);
    }
  });
  const lookedAt = new Uint32Array(theirs.sets.length);
  ours.sets.forEach((set, a) => {
    for (const shingle of prefix(set, threshold)) {
      for (const b of postings.get(shingle) ?? []) {
        if (lookedAt[b] === a + 1) continue;
        lookedAt[b] = a + 1;
        const similarity = jaccard(set, theirs.sets[b], threshold);
        if (similarity >= threshold) for (const i of ours.rows[a]) onPair(i, theirs.rows[b][0], similarity);
      }
    }
  });
}

interface DistinctSets {
  /** of each normalized text, its shingles in rising order */
  readonly sets: readonly Uint32Array[];
  /** of each, the texts that have it */
  readonly rows: readonly (readonly number[])[];
}

function distinctSets(texts: readonly string[], shingles: Interned): DistinctSets {
  const rows = new Map<string, number[]>();
  texts.forEach((text, i) => {
    const normalized = normalizedText(text);
    if (normalized === '') return;
    const same = rows.get(normalized);
    if (same === undefined) rows.set(normalized, [i]);
    else same.push(i);
  });
  return { sets: Array.from(rows.keys(), (text) => shinglesOf(text, shingles)), rows: [...rows.values()] };
}

function shinglesOf(text: string, shingles: Interned): Uint32Array {
  const bytes = new TextEncoder().encode(text);
  const starts: number[] = [];
  // a byte that goes on a character is 10xxxxxx
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] & 0xc0) !== 0x80) starts.push(i);
  starts.push(bytes.length);
  const found = new Set<number>();
  const last = Math.max(0, starts.length - 1 - SHINGLE);
  for (let i = 0; i <= last; i++) {
    const end = starts[Math.min(i + SHINGLE, starts.length - 1)];
    found.add(shingles.intern(bytes, starts[i], end));
  }
  return Uint32Array.from(found);
}

/** Numbers shingles by how many sets have them, the rarest first, and sorts each set so. */
function rareFirst(sets: readonly Uint32Array[], size: number): void {
  const counts = new Uint32Array(size);
  for (const set of sets) for (const shingle of set) counts[shingle]++;
  const ranks = new Uint32Array(size);
  Uint32Array.from(counts, (_, shingle) => shingle)
    .sort((a, b) => counts[a] - counts[b] || a - b)
    .forEach((shingle, rank) => (ranks[shingle] = rank));
  for (const set of sets) {
    set.forEach((shingle, e) => (set[e] = ranks[shingle]));
    set.sort();
  }
}

/** So many of a set's rarest that a set as similar must have one of them among its own. */
function prefix(set: Uint32Array, threshold: number): Uint32Array {
  // rounding must not make it shorter
  return set.subarray(0, set.length - Math.ceil(threshold * set.length - 1e-9) + 1);
}

/** 0 where the sizes alone say that it is less than the threshold. */
function jaccard(a: Uint32Array, b: Uint32Array, threshold: number): number {
  if (Math.min(a.length, b.length) < threshold * Math.max(a.length, b.length) - 1e-9) return 0;
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const order = a[i] - b[j];
    if (order === 0) shared++;
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return shared / (a.length + b.length - shared);
}
