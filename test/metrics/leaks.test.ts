import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, gather, matrix, row } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { leaks } from '../../src/metrics/leaks.ts';
import { normalizedText, similarTexts } from '../../src/metrics/similar-texts.ts';
import { gaussian } from '../matrices.ts';

type Pair = readonly [i: number, j: number, similarity: number];

function pairsOf(texts: readonly string[], others: readonly string[], threshold: number): Pair[] {
  const found: Pair[] = [];
  similarTexts(texts, others, threshold, (i, j, similarity) => found.push([i, j, similarity]));
  return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

/** Every text against every other, by sets of strings. */
function slowly(texts: readonly string[], others: readonly string[], threshold: number): Pair[] {
  const setOf = (text: string): Set<string> => {
    const characters = [...normalizedText(text)];
    const shingles = characters.slice(0, Math.max(1, characters.length - 4));
    return new Set(shingles.map((_, i) => characters.slice(i, i + 5).join('')));
  };
  const first = others.map((text) =>
    others.findIndex((each) => normalizedText(each) === normalizedText(text)),
  );
  return texts.flatMap((text, i) =>
    others.flatMap((other, j): Pair[] => {
      if (normalizedText(text) === '' || normalizedText(other) === '' || first[j] !== j) return [];
      const [a, b] = [setOf(text), setOf(other)];
      const shared = [...a].filter((shingle) => b.has(shingle)).length;
      const similarity = shared / (a.size + b.size - shared);
      return similarity >= threshold ? [[i, j, similarity]] : [];
    }),
  );
}

describe('similarTexts', () => {
  it('is the Jaccard similarity of shingles of five characters, by hand', () => {
    // abcde bcdef cdefg against abcde bcdef cdefh: two of four
    expect(pairsOf(['abcdefg'], ['abcdefh'], 0.5)).toEqual([[0, 0, 0.5]]);
    expect(pairsOf(['abcdefg'], ['abcdefh'], 0.51)).toEqual([]);
    // one shingle is there twice, and counts once: abcab bcabc cabca abcab(c)
    expect(pairsOf(['abcabcab'], ['abcabca'], 1)).toEqual([[0, 0, 1]]);
  });

  it('does not see case, accents written otherwise, punctuation and spaces', () => {
    expect(normalizedText('  The “Café”,\n№ 5! ')).toBe('the café no 5');
    expect(pairsOf(['Cafe\u0301 -- au lait?'], ['the', 'CAFÉ AU  LAIT'], 1)).toEqual([[0, 1, 1]]);
  });

  it('finds nothing like a text without a letter', () => {
    expect(pairsOf(['', '!?'], ['', '...', 'a'], 0.1)).toEqual([]);
  });

  it('meets of others that are the same the first, and all of the texts', () => {
    expect(pairsOf(['one text', 'One text'], ['other', 'one text.', 'one text'], 1)).toEqual([
      [0, 1, 1],
      [1, 1, 1],
    ]);
  });

  it('finds what all pairs find', () => {
    const letters = fc.constantFrom('a', 'b', 'ß', ' ', '🦔');
    const text = fc.array(letters, { maxLength: 14 }).map((characters) => characters.join(''));
    const texts = fc.array(text, { maxLength: 12 });
    const threshold = fc.constantFrom(0.05, 0.25, 0.5, 0.6, 0.75, 0.8, 1);
    fc.assert(
      fc.property(texts, texts, threshold, (a, b, t) => {
        expect(pairsOf(a, b, t)).toEqual(slowly(a, b, t));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses a threshold that is none', () => {
    expect(() => pairsOf([], [], 0)).toThrow(
      new RangeError('similarTexts: threshold must be a number in (0, 1], got 0'),
    );
  });
});

describe('leaks', () => {
  const rows = (...numbers: readonly number[]): Uint32Array => Uint32Array.from(numbers);

  it('are rows of both, and of the others those that are near, each with its nearest', async () => {
    const texts = [
      'what is a hedgehog',
      'What is a hedgehog?',
      'what is a hedgehog in',
      'no',
      'entirely other',
    ];
    // 3 is at 10° of 0 and at 30° of 1: cos 10° = .985
    const angles = [0, 40, 90, 10, 180];
    const vectors = fromRows(
      angles.map((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]),
    );
    const found = await leaks({
      train: rows(0, 1, 4),
      test: rows(2, 3, 4),
      texts: async (of) => Array.from(of, (i) => texts[i]),
      vectors: async (of) => gather(vectors, of),
    });
    expect(found).toEqual({
      shared: rows(4),
      // 14 shingles of 17
      texts: [{ test: 2, train: 0, similarity: 14 / 17 }],
      vectors: [{ test: 3, train: 0, similarity: expect.closeTo(Math.cos(Math.PI / 18), 6) }],
    });
  });

  it('by vector are those that every pair of cosines finds, in more than one block', async () => {
    const all = gaussian(5300, 3, 11);
    const [train, test] = [rows(...Array(300).keys()), Uint32Array.from({ length: 5000 }, (_, i) => 300 + i)];
    const threshold = 0.9995;
    const { vectors = [] } = await leaks(
      { train, test, vectors: async (of) => gather(all, of) },
      { threshold },
    );
    const expected = [...test].flatMap((i) => {
      const [j] = [...train].sort(
        (a, b) => cosine.between(row(all, i), row(all, a)) - cosine.between(row(all, i), row(all, b)),
      );
      return 1 - cosine.between(row(all, i), row(all, j)) >= threshold ? [[i, j]] : [];
    });
    expect(expected.length).toBeGreaterThan(100);
    expect(expected.at(-1)?.[0]).toBeGreaterThan(4500);
    expect(vectors.map((pair) => [pair.test, pair.train])).toEqual(expected);
  });

  it('are none of a zero row, and not looked for where there are neither texts nor vectors', async () => {
    const found = await leaks({ train: rows(0), test: rows(1), vectors: async (of) => matrix(of.length, 2) });
    expect(found).toEqual({ shared: rows(), texts: undefined, vectors: [] });
    expect(await leaks({ train: rows(0), test: rows(0, 1) })).toEqual({ shared: rows(0) });
  });

  it('refuses a threshold that is none', async () => {
    await expect(leaks({ train: rows(), test: rows() }, { threshold: 1.5 })).rejects.toThrow(
      new RangeError('leaks: threshold must be a number in (0, 1], got 1.5'),
    );
  });
});
