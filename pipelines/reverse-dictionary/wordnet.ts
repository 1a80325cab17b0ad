import { refuse } from '../../src/core/check.ts';

/** One meaning and the words that have it. */
export interface Synset {
  /** q, then n, v, a or r, then the offset in its file: qn02086723 */
  readonly id: string;
  /** number of the lexicographer file: 5 is noun.animal */
  readonly class: number;
  /** lower case, spaces for underscores, no adjective markers, distinct */
  readonly lemmas: readonly string[];
  /** the gloss up to its first example */
  readonly definition: string;
}

/** The data files of WordNet and the letter each has in an id, in the order they are read. */
export const dataFiles = { noun: 'n', verb: 'v', adj: 'a', adv: 'r' } as const;

/**
 * The synsets of a data file of WordNet, in its order.
 *
 * @throws RangeError that names the file and the line if one is no synset
 * @see WordNet, wndb(5WN)
 */
export function parseSynsets(text: string, letter: string, path: string): Synset[] {
  const synsets: Synset[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    // lines of the license start with two spaces
    if (line.trim() === '' || line.startsWith('  ')) continue;
    const [head, gloss] = splitAt(line, ' | ');
    const [offset, file, , count, ...rest] = head.split(' ');
    const words = Array.from({ length: parseInt(count, 16) }, (_, w) => rest[2 * w]);
    if (!/^\d{8}$/.test(offset) || !/^\d\d$/.test(file) || words.length === 0 || words.includes('')) {
      refuse(`${path} line ${i + 1}`, 'must be a synset', line.slice(0, 40));
    }
    const [definition] = splitAt(gloss, '; "');
    synsets.push({
      id: `q${letter}${offset}`,
      class: Number(file),
      lemmas: [...new Set(words.map(lemma))],
      definition: definition.trim(),
    });
  }
  return synsets;
}

/** The license that heads each data file, its line numbers cut. */
export function wordnetLicense(text: string): string {
  const lines = text.split('\n').filter((line) => line.startsWith('  '));
  return lines.map((line) => line.replace(/^ +\d+ /, '').trimEnd()).join('\n');
}

function lemma(word: string): string {
  return word
    .replace(/\((a|p|ip)\)$/, '')
    .toLowerCase()
    .replaceAll('_', ' ');
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
