import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, row, type Matrix } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import type { Similarity } from '../../../src/kernels/kernels.ts';
import { plain } from '../../../src/kernels/plain/plain.ts';
import { wholeNumbers } from '../../matrices.ts';
import { score } from './score.ts';

/** Row i's candidates in the order of `better`, the first of equal ones first. */
function first(rows: number[], better: (j: number, other: number) => number): number {
  return rows.toSorted((j, other) => better(j, other) || j - other)[0] ?? -1;
}

function bruteForce(embeddings: Matrix, labels: Int32Array, similarity: Similarity) {
  const rows = Array.from({ length: embeddings.rows }, (_, i) => i);
  const near = (i: number) => (j: number) => score(row(embeddings, i), row(embeddings, j), similarity);
  return {
    positives: Int32Array.from(rows, (i) => {
      const alike = rows.filter((j) => j !== i && labels[j] === labels[i]);
      return first(alike, (j, other) => near(i)(j) - near(i)(other));
    }),
    negatives: Int32Array.from(rows, (i) => {
      const others = rows.filter((j) => labels[j] !== labels[i]);
      return first(others, (j, other) => near(i)(other) - near(i)(j));
    }),
  };
}

describe('hardest', () => {
  it('is the farthest row of the same label and the closest of another', () => {
    const embeddings = fromRows([[0], [1], [3], [-4], [-2]]);
    const labels = Int32Array.of(0, 0, 0, 1, 1);
    expect(plain.hardest(embeddings, labels, 'euclidean')).toEqual({
      positives: Int32Array.of(2, 2, 0, 4, 3),
      negatives: Int32Array.of(4, 4, 4, 0, 0),
    });
  });

  it('is -1 where there is none', () => {
    const embeddings = fromRows([[1], [2], [3]]);
    const none = Int32Array.of(-1, -1, -1);
    expect(plain.hardest(embeddings, Int32Array.of(5, 6, 7), 'dot').positives).toEqual(none);
    expect(plain.hardest(embeddings, Int32Array.of(5, 5, 5), 'dot').negatives).toEqual(none);
    expect(plain.hardest(matrix(0, 3), new Int32Array(), 'dot')).toEqual({
      positives: new Int32Array(),
      negatives: new Int32Array(),
    });
  });

  it('is what trying all rows gives, the first among equals', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 7, 20, 70),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('dot', 'cosine', 'euclidean'),
        fc.nat(),
        (rows, dim, similarity, seed) => {
          const embeddings = wholeNumbers(rows, dim, 2, seed, 1);
          const { below } = random(seed, 2);
          const labels = Int32Array.from({ length: rows }, () => below(4) - 1);
          expect(plain.hardest(embeddings, labels, similarity)).toEqual(
            bruteForce(embeddings, labels, similarity),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});
