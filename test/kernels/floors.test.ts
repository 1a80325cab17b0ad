import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import { random } from '../../src/core/random.ts';
import type { Corpus, Kernels, Similarity, TopK } from '../../src/kernels/kernels.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { askew, gaussian, scaled, wholeNumbers } from '../matrices.ts';
import { everyWay } from './every-way.ts';

const SIMILARITIES = ['dot', 'cosine', 'euclidean'] as const;

function corpusOf(rows: Matrix): Corpus {
  return { rows, ids: Uint32Array.from({ length: rows.rows }, (_, j) => (j * 7919) % 10_007) };
}

type Listed = readonly { readonly rows: readonly number[]; readonly scores: readonly number[] }[];

function listed({ rows, scores, found }: TopK, k: number): Listed {
  return Array.from(found, (count, q) => ({
    rows: Array.from(rows.subarray(q * k, q * k + count)),
    scores: Array.from(scores.subarray(q * k, q * k + count)),
  }));
}

/** The plain ranking without floors, cut by hand. */
function cut(
  asked: Matrix,
  corpus: Corpus,
  k: number,
  floors: Float32Array,
  options: { readonly similarity: Similarity; readonly ceilings?: Float32Array },
): Listed {
  return listed(plain.topK(asked, corpus, k, options), k).map(({ rows, scores }, q) => {
    const count = scores.filter((score) => score >= floors[q]).length;
    return { rows: rows.slice(0, count), scores: scores.slice(0, count) };
  });
}

/** Scores that rows have, where ties stand at the floor, and numbers between and beyond them. */
function floorsOf(asked: Matrix, corpus: Corpus, similarity: Similarity, seed: number): Float32Array {
  const all = Math.max(1, corpus.rows.rows);
  const { scores, found } = plain.topK(asked, corpus, all, { similarity });
  const { below, uniform } = random(seed, 9);
  return Float32Array.from({ length: asked.rows }, (_, q) => {
    const some = found[q] === 0 ? 0 : scores[q * all + below(found[q])];
    return [some, some, some + (uniform() - 0.5) / 8, -Infinity, Infinity][below(5)];
  });
}

function expectCut(by: Kernels, asked: Matrix, corpus: Corpus, k: number, seed: number, way?: string): void {
  for (const similarity of SIMILARITIES) {
    const floors = floorsOf(asked, corpus, similarity, seed);
    // under some of the ceilings there is nothing left
    const ceilings = floorsOf(asked, corpus, similarity, seed + 1);
    const packed = by.pack(corpus.rows);
    for (const options of [{ similarity }, { similarity, ceilings }]) {
      const expected = cut(asked, corpus, k, floors, options);
      const found = by.topK(asked, corpus, k, { ...options, floors });
      expect(listed(found, k), way).toEqual(expected);
      const again = by.topK(asked, { ...corpus, packed }, k, { ...options, floors });
      expect(listed(again, k), way).toEqual(expected);
      expect(found.above, way).toEqual(plain.topK(asked, corpus, k, options).above);
    }
  }
}

const searches = fc.record({
  queries: fc.constantFrom(1, 5, 200),
  rows: fc.constantFrom(0, 1, 16, 257, 700),
  dim: fc.integer({ min: 1, max: 40 }),
  k: fc.constantFrom(1, 7, 100),
  whole: fc.boolean(),
  seed: fc.nat(1000),
});

describe('plain topK with floors', () => {
  it('gives the ranking as far as it reaches them', () => {
    fc.assert(
      fc.property(searches, ({ rows, dim, k, whole, seed }) => {
        const numbers = whole
          ? wholeNumbers
          : (r: number, c: number, _: number, s: number) => gaussian(r, c, s);
        expectCut(
          plain,
          numbers(3, dim, 1, seed),
          corpusOf(numbers(Math.min(rows, 60), dim, 1, seed + 1)),
          k,
          seed,
        );
      }),
      { numRuns: 40 },
    );
  });

  it('does so in pieces too', async () => {
    const [corpus, asked] = [corpusOf(wholeNumbers(10_000, 100, 1, 1)), wholeNumbers(250, 100, 1, 3)];
    const floors = Float32Array.from({ length: 250 }, (_, q) => q % 40);
    const promised = await plain.later.topK(asked, corpus, 3, { similarity: 'dot', floors });
    expect(listed(promised, 3)).toEqual(cut(asked, corpus, 3, floors, { similarity: 'dot' }));
  });
});

const built = native();

describe.skipIf(built === undefined)('native topK with floors (skipped where no compiler built it)', () => {
  const kernels = built ?? plain;

  it('gives the plain ranking as far as it reaches them', () => {
    fc.assert(
      fc.property(searches, ({ queries, rows, dim, k, whole, seed }) => {
        const numbers = whole
          ? wholeNumbers
          : (r: number, c: number, _: number, s: number) => gaussian(r, c, s);
        const [asked, stored] = [numbers(queries, dim, 1, seed), numbers(rows, dim, 1, seed + 1)];
        expectCut(kernels, askew(asked), corpusOf(askew(stored)), k, seed);
      }),
      { numRuns: 40 },
    );
  });

  it('does so on every instruction set and on any number of threads', () => {
    const [corpus, asked] = [corpusOf(wholeNumbers(500, 13, 2, 10)), wholeNumbers(200, 13, 2, 12)];
    everyWay((way) => expectCut(kernels, asked, corpus, 15, 13, way));
  });

  it('does so where rows are all but equal, where numbers are large or small, and for queries of zeros', () => {
    const close = gaussian(3000, 8, 16);
    close.data.forEach((value, e) => (close.data[e] = 1 + 1e-6 * value));
    for (const [stored, asked] of [
      [close, gaussian(4, 8, 18)] as const,
      [scaled(gaussian(300, 6, 7), 1e-22), scaled(gaussian(4, 6, 9), 1e-22)] as const,
      [scaled(gaussian(300, 6, 7), 1e18), scaled(gaussian(4, 6, 9), 1e18)] as const,
      [gaussian(300, 6, 7), matrix(40, 6)] as const,
    ]) {
      expectCut(kernels, asked, corpusOf(stored), 9, 19);
    }
  });
});
