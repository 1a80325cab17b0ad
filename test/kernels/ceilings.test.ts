import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import { matrix, row, type Matrix } from '../../src/core/matrix.ts';
import { random, shuffled } from '../../src/core/random.ts';
import type { Corpus, Exclusion, Similarity, TopK } from '../../src/kernels/kernels.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { askew, gaussian, scaled, wholeNumbers } from '../matrices.ts';
import { everyWay } from './every-way.ts';

const SIMILARITIES = ['dot', 'cosine', 'euclidean'] as const;

function corpusOf(rows: Matrix, seed: number): Corpus {
  return {
    rows,
    ids: shuffled(rows.rows, random(seed, 3)).map((id) => 2 * id + 1),
    classes: Int32Array.from({ length: rows.rows }, (_, j) => j % 4),
  };
}

/** By class, by a bitset and by lists, in which an id may come twice or be nobody's. */
function everyExclusion(queries: number, rows: number): Exclusion {
  return {
    queryClass: Int32Array.from({ length: queries }, (_, q) => q % 5),
    allowed: Uint8Array.from({ length: Math.ceil((2 * rows + 1) / 8) }, (_, b) => (b * 37) % 256),
    perQuery: idLists(Array.from({ length: queries }, (_, q) => [2 * q + 1, 4 * q + 3, 2 * q + 1, 2])),
  };
}

interface Listed {
  readonly rows: readonly number[];
  readonly scores: readonly number[];
  readonly above: number;
}

function listed({ rows, scores, found, above = new Uint32Array() }: TopK, k: number): Listed[] {
  return Array.from(found, (count, q) => ({
    rows: Array.from(rows.subarray(q * k, q * k + count)),
    scores: Array.from(scores.subarray(q * k, q * k + count)),
    above: above[q],
  }));
}

/** The whole ranking without ceilings, cut by hand. */
function cut(
  queries: Matrix,
  corpus: Corpus,
  k: number,
  ceilings: Float32Array,
  similarity: Similarity,
  exclude?: Exclusion,
): Listed[] {
  const all = Math.max(1, corpus.rows.rows);
  return listed(plain.topK(queries, corpus, all, { similarity, exclude }), all).map(({ rows, scores }, q) => {
    const above = scores.filter((score) => score > ceilings[q]).length;
    return { rows: rows.slice(above, above + k), scores: scores.slice(above, above + k), above };
  });
}

/** Scores that rows have, numbers between them, and no ceiling. */
function ceilingsOf(queries: Matrix, corpus: Corpus, similarity: Similarity, seed: number): Float32Array {
  const all = corpus.rows.rows;
  const { scores } = plain.topK(queries, corpus, Math.max(1, all), { similarity });
  const { below, uniform } = random(seed, 9);
  return Float32Array.from({ length: queries.rows }, (_, q) => {
    const some = all === 0 ? 0 : scores[q * all + below(all)];
    return [some, some + (uniform() - 0.5) / 8, Infinity, -Infinity][below(8) < 6 ? below(2) : 2 + below(2)];
  });
}

const searches = fc.record({
  queries: fc.constantFrom(1, 5, 200, 400),
  rows: fc.constantFrom(0, 1, 16, 40, 257, 700, 2200),
  dim: fc.integer({ min: 1, max: 40 }),
  k: fc.constantFrom(1, 7, 100),
  similarity: fc.constantFrom(...SIMILARITIES),
  whole: fc.boolean(),
  excluding: fc.boolean(),
  seed: fc.nat(),
});

describe('plain topK with ceilings', () => {
  it('gives the ranking from the first row on that is not above, and counts those that are', () => {
    fc.assert(
      fc.property(searches, ({ queries, rows, dim, k, similarity, whole, excluding, seed }) => {
        const [few, corpus] = [
          Math.min(queries, 5),
          corpusOf(numbers(whole, Math.min(rows, 40), dim, seed, 2), seed),
        ];
        const asked = numbers(whole, few, dim, seed, 1);
        const exclude = excluding ? everyExclusion(few, corpus.rows.rows) : undefined;
        const ceilings = ceilingsOf(asked, corpus, similarity, seed);
        expect(listed(plain.topK(asked, corpus, k, { similarity, exclude, ceilings }), k)).toEqual(
          cut(asked, corpus, k, ceilings, similarity, exclude),
        );
      }),
    );
  });

  it('does so in pieces too', async () => {
    const corpus = corpusOf(wholeNumbers(10_000, 100, 1, 1), 2);
    const asked = wholeNumbers(250, 100, 1, 3);
    const ceilings = Float32Array.from({ length: 250 }, (_, q) => q % 40);
    const promised = await plain.later.topK(asked, corpus, 3, { similarity: 'dot', ceilings });
    expect(listed(promised, 3)).toEqual(
      listed(plain.topK(asked, corpus, 3, { similarity: 'dot', ceilings }), 3),
    );
  }, 30_000);
});

const built = native();

describe.skipIf(built === undefined)('native topK with ceilings (skipped where no compiler built it)', () => {
  const kernels = built ?? plain;

  const expectPlain = (
    queries: Matrix,
    corpus: Corpus,
    k: number,
    ceilings: Float32Array,
    options: { readonly similarity: Similarity; readonly exclude?: Exclusion },
    way?: string,
  ): void =>
    expect(listed(kernels.topK(queries, corpus, k, { ...options, ceilings }), k), way).toEqual(
      listed(plain.topK(queries, corpus, k, { ...options, ceilings }), k),
    );

  it('finds and counts the same rows as the plain one, packed before or not, with ties and every exclusion', () => {
    fc.assert(
      fc.property(searches, ({ queries, rows, dim, k, similarity, whole, excluding, seed }) => {
        const corpus = corpusOf(askew(numbers(whole, rows, dim, seed, 2)), seed);
        const asked = askew(numbers(whole, queries, dim, seed, 1));
        const exclude = excluding ? everyExclusion(queries, rows) : undefined;
        const ceilings = ceilingsOf(asked, corpus, similarity, seed);
        expectPlain(asked, corpus, k, ceilings, { similarity, exclude });
        expectPlain(asked, { ...corpus, packed: kernels.pack(corpus.rows) }, k, ceilings, {
          similarity,
          exclude,
        });
      }),
      { numRuns: 80 },
    );
  }, 60_000);

  it('does so on every instruction set and on any number of threads', () => {
    const corpus = corpusOf(wholeNumbers(500, 13, 2, 10), 11);
    const asked = wholeNumbers(200, 13, 2, 12);
    const exclude = everyExclusion(200, 500);
    everyWay((way) => {
      for (const similarity of SIMILARITIES) {
        const ceilings = ceilingsOf(asked, corpus, similarity, 13);
        expectPlain(asked, corpus, 15, ceilings, { similarity, exclude }, way);
        expectPlain(
          asked,
          { ...corpus, packed: kernels.pack(corpus.rows) },
          15,
          ceilings,
          { similarity },
          way,
        );
      }
    });
  }, 60_000);

  it('does so where rows are all but equal, and where numbers are large or small', () => {
    const close = gaussian(3000, 8, 16);
    close.data.forEach((value, e) => (close.data[e] = 1 + 1e-6 * value));
    for (const similarity of SIMILARITIES) {
      for (const [corpus, asked] of [
        [corpusOf(close, 17), gaussian(4, 8, 18)] as const,
        [corpusOf(scaled(gaussian(300, 6, 7), 1e-22), 8), scaled(gaussian(4, 6, 9), 1e-22)] as const,
        [corpusOf(scaled(gaussian(300, 6, 7), 1e14), 8), gaussian(4, 6, 9)] as const,
        [corpusOf(scaled(gaussian(300, 6, 7), 1e18), 8), scaled(gaussian(4, 6, 9), 1e18)] as const,
      ]) {
        expectPlain(asked, corpus, 9, ceilingsOf(asked, corpus, similarity, 19), { similarity });
      }
    }
  });

  it('scores a query of zeros 0 by cosine, above a ceiling below that', () => {
    const corpus = corpusOf(gaussian(70, 5, 1), 2);
    const { above, found } = kernels.topK(matrix(2, 5), corpus, 3, {
      similarity: 'cosine',
      ceilings: Float32Array.of(-0.1, 0),
    });
    expect([...(above ?? [])]).toEqual([70, 0]);
    expect([...found]).toEqual([0, 3]);
    expect(row(corpus.rows, 0)).not.toEqual(new Float32Array(5));
  });
});

function numbers(whole: boolean, rows: number, dim: number, ...key: readonly number[]): Matrix {
  return whole ? wholeNumbers(rows, dim, 1, ...key) : gaussian(rows, dim, ...key);
}
