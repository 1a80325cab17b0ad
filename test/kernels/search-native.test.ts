import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import { matrix, row, rowsBetween, type Matrix } from '../../src/core/matrix.ts';
import { random, shuffled } from '../../src/core/random.ts';
import type { Corpus, Exclusion, Packed, Similarity, TopK } from '../../src/kernels/kernels.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { askew, gaussian, scaled, wholeNumbers } from '../matrices.ts';
import { everyWay } from './every-way.ts';

const built = native();
const SIMILARITIES = ['dot', 'cosine', 'euclidean'] as const;

/** What of the answer means something: nothing past `found`. */
function lists({ rows, scores, found }: TopK, k: number) {
  return Array.from(found, (count, q) => ({
    rows: rows.slice(q * k, q * k + count),
    scores: scores.slice(q * k, q * k + count),
  }));
}

function corpusOf(rows: Matrix, seed: number): Corpus {
  return {
    rows,
    ids: shuffled(rows.rows, random(seed, 3)).map((id) => 2 * id + 1),
    classes: Int32Array.from({ length: rows.rows }, (_, j) => j % 4),
  };
}

/** By class, by a bitset and by lists. */
function everyExclusion(queries: number, rows: number): Exclusion {
  return {
    queryClass: Int32Array.from({ length: queries }, (_, q) => q % 5),
    allowed: Uint8Array.from({ length: Math.ceil((2 * rows + 1) / 8) }, (_, b) => (b * 37) % 256),
    perQuery: idLists(Array.from({ length: queries }, (_, q) => [2 * q + 1, 4 * q + 3])),
  };
}

describe.skipIf(built === undefined)('native topK (skipped where no compiler built it)', () => {
  const kernels = built ?? plain;

  const expectPlain = (
    queries: Matrix,
    corpus: Corpus,
    k: number,
    similarity: Similarity,
    exclude?: Exclusion,
    way?: string,
  ): void =>
    expect(lists(kernels.topK(queries, corpus, k, { similarity, exclude }), k), way).toEqual(
      lists(plain.topK(queries, corpus, k, { similarity, exclude }), k),
    );

  it('finds the same rows as the plain one, packed before or not, with ties and every exclusion, off alignment', () => {
    const searches = fc.record({
      queries: fc.constantFrom(0, 1, 5, 200, 400),
      rows: fc.constantFrom(0, 1, 16, 40, 257, 700, 2200),
      dim: fc.integer({ min: 1, max: 40 }),
      k: fc.constantFrom(0, 1, 7, 100),
      similarity: fc.constantFrom(...SIMILARITIES),
      whole: fc.boolean(),
      excluding: fc.boolean(),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(searches, ({ queries, rows, dim, k, similarity, whole, excluding, seed }) => {
        const make = (count: number, key: number): Matrix =>
          askew(whole ? wholeNumbers(count, dim, 1, seed, key) : gaussian(count, dim, seed, key));
        const [asked, corpus] = [make(queries, 1), corpusOf(make(rows, 2), seed)];
        const exclude = excluding ? everyExclusion(queries, rows) : undefined;
        expectPlain(asked, corpus, k, similarity, exclude);
        expectPlain(asked, { ...corpus, packed: kernels.pack(corpus.rows) }, k, similarity, exclude);
      }),
      { numRuns: 80 },
    );
  }, 60_000);

  it('finds the same rows as the plain one for more queries than are searched at a time', () => {
    expectPlain(gaussian(3100, 3, 1), corpusOf(gaussian(300, 3, 2), 3), 5, 'dot');
    expectPlain(gaussian(3100, 3, 1), corpusOf(gaussian(2200, 3, 2), 3), 5, 'cosine');
  });

  it('keeps a packed corpus what a fresh one would be, as rows come, change and go', () => {
    const step = fc.record({
      rows: fc.integer({ min: 0, max: 90 }),
      changed: fc.array(fc.nat(89), { maxLength: 20 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(),
        (steps, dim, seed) => {
          const stored = gaussian(90, dim, seed, 1);
          let packed: Packed | undefined;
          steps.forEach(({ rows, changed }, s) => {
            const old = changed.filter((j) => j < (packed?.count ?? 0) && j < rows);
            // rows past the packed ones may be anything now, and those of `changed` are others
            for (let j = packed?.count ?? 0; j < 90; j++)
              row(stored, j).set(gaussian(1, dim, seed, s, j).data);
            for (const j of old) row(stored, j).set(gaussian(1, dim, seed, s, j, 1).data);
            const now = rowsBetween(stored, 0, rows);
            packed = kernels.pack(now, packed, Uint32Array.from(old));
            expect(packed.count).toBe(rows);
            const corpus = { ...corpusOf(now, seed), packed };
            for (const similarity of SIMILARITIES)
              expectPlain(gaussian(7, dim, seed, 2), corpus, 9, similarity);
          });
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('passes over a packed form that is not of these rows or was made by others', () => {
    const corpus = corpusOf(gaussian(50, 5, 1), 2);
    const queries = gaussian(3, 5, 3);
    expectPlain(queries, { ...corpus, packed: plain.pack(corpus.rows) }, 9, 'dot');
    expectPlain(queries, { ...corpus, packed: kernels.pack(gaussian(40, 5, 4)) }, 9, 'dot');
  });

  it('takes for tied what is equal in float32, however far the query is from all rows', () => {
    // seen from 1000 away, squared distances are 2^-4 apart in float32: rows within 3e-5 of one another tie
    const rows = gaussian(300, 2, 5);
    rows.data.forEach((value, e) => (rows.data[e] = 1e-5 * value));
    expectPlain(matrix(1, 2, Float32Array.of(1000, 1000)), corpusOf(rows, 6), 20, 'euclidean');
  });

  it('tells rows apart that coarse products do not, more of them than a list of candidates has', () => {
    // all within a few parts in a million of one direction
    const rows = gaussian(6000, 8, 16);
    rows.data.forEach((value, e) => (rows.data[e] = 1 + 1e-6 * value));
    for (let j = 0; j < 6000; j += 3) row(rows, j).set(row(rows, 0));
    everyWay((way) => {
      for (const similarity of SIMILARITIES) {
        const corpus = corpusOf(rows, 17);
        expectPlain(gaussian(3, 8, 18), { ...corpus, packed: kernels.pack(rows) }, 4, similarity, {}, way);
        expectPlain(gaussian(3, 8, 18), corpus, 4, similarity, {}, way);
      }
    });
  });

  it('finds the nearest directions of a query however long it is', () => {
    const rows = gaussian(3000, 40, 19);
    rows.data.forEach((value, e) => (rows.data[e] = 1 + 1e-5 * value));
    for (const length of [1e-8, 1, 1e8]) {
      const queries = scaled(gaussian(20, 40, 20), length);
      expectPlain(queries, corpusOf(rows, 21), 5, 'cosine', {}, `queries about ${length} long`);
    }
  });

  it('passes over a corpus that was packed for another instruction set', () => {
    const corpus = corpusOf(gaussian(300, 7, 22), 23);
    const packed: Packed[] = [];
    everyWay(() => packed.push(kernels.pack(corpus.rows)));
    everyWay((way) => {
      for (const form of packed) {
        expectPlain(gaussian(5, 7, 24), { ...corpus, packed: form }, 9, 'dot', {}, way);
        const grown = kernels.pack(corpus.rows, { ...form }, Uint32Array.of(3));
        expectPlain(gaussian(5, 7, 24), { ...corpus, packed: grown }, 9, 'euclidean', {}, way);
      }
    });
  });

  it('finds the same rows as the plain one where products leave float32', () => {
    for (const similarity of SIMILARITIES) {
      for (const size of [1e-30, 1e-22, 1e-14, 1e14, 1e18]) {
        const corpus = corpusOf(scaled(gaussian(300, 6, 7), size), 8);
        expectPlain(scaled(gaussian(4, 6, 9), size), corpus, 10, similarity);
        expectPlain(gaussian(4, 6, 9), { ...corpus, packed: kernels.pack(corpus.rows) }, 10, similarity);
      }
    }
  });

  it('gives the same on every instruction set and on any number of threads', () => {
    const corpus = corpusOf(wholeNumbers(900, 13, 2, 10), 11);
    const queries = wholeNumbers(210, 13, 2, 12);
    everyWay((way) => {
      for (const similarity of SIMILARITIES) {
        expectPlain(queries, corpus, 15, similarity, everyExclusion(210, 900), way);
        expectPlain(queries, { ...corpus, packed: kernels.pack(corpus.rows) }, 15, similarity, {}, way);
      }
    });
  });

  it('is promised too, and so is what it packs', async () => {
    const corpus = corpusOf(gaussian(300, 8, 13), 14);
    const queries = gaussian(30, 8, 15);
    const packed = await kernels.later.pack(corpus.rows);
    const promised = await kernels.later.topK(queries, { ...corpus, packed }, 5, { similarity: 'cosine' });
    expect(lists(promised, 5)).toEqual(lists(plain.topK(queries, corpus, 5, { similarity: 'cosine' }), 5));
  });
});

describe('plain topK', () => {
  it('gives the same in pieces, what is excluded with them', async () => {
    // 300 queries against a million numbers are more than one piece
    const corpus = corpusOf(wholeNumbers(10_000, 100, 1, 1), 2);
    const exclude = everyExclusion(300, 10_000);
    const promised = await plain.later.topK(wholeNumbers(300, 100, 1, 3), corpus, 3, {
      similarity: 'dot',
      exclude,
    });
    const whole = plain.topK(wholeNumbers(300, 100, 1, 3), corpus, 3, { similarity: 'dot', exclude });
    expect(lists(promised, 3)).toEqual(lists(whole, 3));
  }, 30_000);
});
