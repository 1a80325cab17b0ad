import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists } from '../../../src/core/batches.ts';
import { fromRows, matrix, row, type Matrix } from '../../../src/core/matrix.ts';
import { random, shuffled } from '../../../src/core/random.ts';
import type { Corpus, Exclusion, Similarity } from '../../../src/kernels/kernels.ts';
import { plain } from '../../../src/kernels/plain/plain.ts';
import { expectClose, wholeNumbers } from '../../matrices.ts';
import { score } from './score.ts';

/** All rows a query may be given, sorted: best first, equal ones by id. */
function ranked(
  query: Float32Array,
  corpus: Corpus,
  similarity: Similarity,
  refused: (row: number) => boolean,
) {
  return Array.from(corpus.ids, (id, j) => ({ j, id, score: score(query, row(corpus.rows, j), similarity) }))
    .filter(({ j }) => !refused(j))
    .sort((x, y) => y.score - x.score || x.id - y.id);
}

function expectRanked(
  queries: Matrix,
  corpus: Corpus,
  k: number,
  similarity: Similarity,
  exclude?: Exclusion,
  refused: (query: number, row: number) => boolean = () => false,
): void {
  const { rows, scores, found } = plain.topK(queries, corpus, k, { similarity, exclude });
  for (let q = 0; q < queries.rows; q++) {
    const expected = ranked(row(queries, q), corpus, similarity, (j) => refused(q, j)).slice(0, k);
    expect(found[q], `found for query ${q}`).toBe(expected.length);
    const [start, end] = [q * k, q * k + expected.length];
    expect(Array.from(rows.subarray(start, end)), `rows of query ${q}`).toEqual(expected.map(({ j }) => j));
    expectClose(
      scores.subarray(start, end),
      expected.map((best) => best.score),
      1e-6,
    );
  }
}

/** Few different entries, so that scores are often equal; ids out of order and with gaps. */
function corpusOf(rows: number, dim: number, seed: number) {
  const { below } = random(seed, 5);
  return {
    rows: wholeNumbers(rows, dim, 2, seed, 1),
    ids: shuffled(rows, random(seed, 2)).map((id) => 3 * id + 1),
    classes: Int32Array.from({ length: rows }, () => below(3) - 1),
  };
}

const searches = fc.record({
  queries: fc.integer({ min: 0, max: 5 }),
  rows: fc.constantFrom(0, 1, 2, 9, 40),
  dim: fc.integer({ min: 1, max: 4 }),
  k: fc.constantFrom(0, 1, 2, 3, 8, 50),
  similarity: fc.constantFrom('dot', 'cosine', 'euclidean'),
  seed: fc.nat(),
});

describe('topK, by hand', () => {
  const corpus = {
    rows: fromRows([
      [1, 0],
      [3, 4],
      [0, 2],
      [0, 0],
    ]),
    ids: Uint32Array.of(7, 2, 5, 1),
  };
  const queries = fromRows([[0, 1]]);

  it('sorts by the inner product', () => {
    const { rows, scores, found } = plain.topK(queries, corpus, 3, { similarity: 'dot' });
    // of the two at 0 the one with the smaller id
    expect([...rows]).toEqual([1, 2, 3]);
    expect([...scores]).toEqual([4, 2, 0]);
    expect([...found]).toEqual([3]);
  });

  it('sorts by the cosine, 0 for a zero row', () => {
    const { rows, scores } = plain.topK(queries, corpus, 4, { similarity: 'cosine' });
    expect([...rows]).toEqual([2, 1, 3, 0]);
    expectClose(scores, [1, 0.8, 0, 0], 1e-7);
  });

  it('sorts by minus the squared euclidean distance', () => {
    const { rows, scores } = plain.topK(queries, corpus, 4, { similarity: 'euclidean' });
    expect([...rows]).toEqual([3, 2, 0, 1]);
    expectClose(scores, [-1, -1, -2, -18], 1e-7);
  });
});

describe('topK', () => {
  it('gives what sorting all rows gives, ties by id', () => {
    fc.assert(
      fc.property(searches, ({ queries, rows, dim, k, similarity, seed }) => {
        expectRanked(wholeNumbers(queries, dim, 2, seed, 9), corpusOf(rows, dim, seed), k, similarity);
      }),
      { numRuns: 200 },
    );
  });

  it('passes over what is excluded by class, by a bitset, by lists, and by all of them', () => {
    const given = fc.record({ byClass: fc.boolean(), byBits: fc.boolean(), byLists: fc.boolean() });
    fc.assert(
      fc.property(
        searches,
        given,
        ({ queries, rows, dim, k, similarity, seed }, { byClass, byBits, byLists }) => {
          const corpus = corpusOf(rows, dim, seed);
          const { below } = random(seed, 6);
          const queryClass = Int32Array.from({ length: queries }, () => below(3) - 1);
          const allowed = new Set(corpus.ids.filter(() => below(4) > 0));
          const passed = Array.from({ length: queries }, () =>
            Array.from(corpus.ids.filter(() => below(5) === 0)),
          );
          // an id that is nowhere
          passed.forEach((ids) => ids.unshift(2));

          const bits = new Uint8Array(Math.ceil((3 * rows + 1) / 8));
          for (const id of allowed) bits[Math.floor(id / 8)] += 2 ** (id % 8);
          const exclude = {
            ...(byClass && { queryClass }),
            ...(byBits && { allowed: bits }),
            ...(byLists && { perQuery: idLists(passed) }),
          };
          const refused = (q: number, j: number) =>
            (byClass && corpus.classes[j] === queryClass[q]) ||
            (byBits && !allowed.has(corpus.ids[j])) ||
            (byLists && passed[q].includes(corpus.ids[j]));
          expectRanked(wholeNumbers(queries, dim, 2, seed, 9), corpus, k, similarity, exclude, refused);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes ids past the end of the bitset for not allowed', () => {
    const corpus = { rows: fromRows([[1], [2], [3]]), ids: Uint32Array.of(3, 8, 100) };
    const { rows, found } = plain.topK(fromRows([[1]]), corpus, 3, {
      similarity: 'dot',
      exclude: { allowed: Uint8Array.of(0b1000) },
    });
    expect([found[0], rows[0]]).toEqual([1, 0]);
  });

  it('excludes nothing by class where the rows have none', () => {
    const corpus = { rows: fromRows([[1], [2]]), ids: Uint32Array.of(0, 1) };
    const { found } = plain.topK(fromRows([[1]]), corpus, 3, {
      similarity: 'dot',
      exclude: { queryClass: Int32Array.of(0) },
    });
    expect(found[0]).toBe(2);
  });

  it('gives the same for more rows and queries than are taken at a time', () => {
    const corpus = corpusOf(1500, 3, 11);
    const queryClass = Int32Array.from({ length: 70 }, (_, q) => (q % 3) - 1);
    const refused = (q: number, j: number) => corpus.classes[j] === queryClass[q];
    expectRanked(wholeNumbers(70, 3, 2, 12), corpus, 20, 'dot', { queryClass }, refused);
    expectRanked(wholeNumbers(70, 3, 2, 13), corpus, 20, 'euclidean');
  });

  it('takes for tied what is equal in float32', () => {
    // 2⁻³⁰ apart, and float32 has 24 bits
    const corpus = {
      rows: fromRows([
        [1, 0],
        [1, 2 ** -15],
      ]),
      ids: Uint32Array.of(4, 9),
    };
    const queries = fromRows([[1, 2 ** -15]]);
    expect([...plain.topK(queries, corpus, 2, { similarity: 'dot' }).rows]).toEqual([0, 1]);
  });

  it('finds nothing in an empty corpus', () => {
    const { found } = plain.topK(fromRows([[1, 2]]), { rows: matrix(0, 2), ids: new Uint32Array() }, 4, {
      similarity: 'cosine',
    });
    expect([...found]).toEqual([0]);
  });
});
