import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import { random } from '../../src/core/random.ts';
import type { Similarity } from '../../src/kernels/kernels.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { askew, gaussian, scaled, wholeNumbers } from '../matrices.ts';
import { everyWay } from './every-way.ts';

const built = native();
const SIMILARITIES = ['dot', 'cosine', 'euclidean'] as const;

/** Labels below `classes`, -1 among them. */
function labelsOf(rows: number, classes: number, ...key: number[]): Int32Array {
  const { below } = random(...key);
  return Int32Array.from({ length: rows }, () => below(classes) - 1);
}

describe.skipIf(built === undefined)('native hardest (skipped where no compiler built it)', () => {
  const kernels = built ?? plain;

  const expectPlain = (embeddings: Matrix, labels: Int32Array, similarity: Similarity, way?: string): void =>
    expect(kernels.hardest(embeddings, labels, similarity), way).toEqual(
      plain.hardest(embeddings, labels, similarity),
    );

  it('is the farthest row of the same label and the closest of another', () => {
    const embeddings = fromRows([[0], [1], [3], [-4], [-2]]);
    expect(kernels.hardest(embeddings, Int32Array.of(0, 0, 0, 1, 1), 'euclidean')).toEqual({
      positives: Int32Array.of(2, 2, 0, 4, 3),
      negatives: Int32Array.of(4, 4, 4, 0, 0),
    });
  });

  it('is -1 where there is none, and nothing for no rows', () => {
    for (const similarity of SIMILARITIES) {
      const one = { positives: Int32Array.of(-1), negatives: Int32Array.of(-1) };
      expect(kernels.hardest(fromRows([[3]]), Int32Array.of(-(2 ** 31)), similarity)).toEqual(one);
      const none = { positives: new Int32Array(), negatives: new Int32Array() };
      expect(kernels.hardest(matrix(0, 3), new Int32Array(), similarity)).toEqual(none);
      expectPlain(gaussian(200, 3, 1), new Int32Array(200).fill(5), similarity);
      expectPlain(
        gaussian(200, 3, 1),
        Int32Array.from({ length: 200 }, (_, i) => i),
        similarity,
      );
      expectPlain(matrix(3, 0), Int32Array.of(1, 1, 2), similarity);
    }
  });

  it('is the plain one, to the bit: any shape, labels, ties, zero rows, off alignment', () => {
    const cases = fc.record({
      rows: fc.constantFrom(1, 2, 15, 16, 17, 95, 97, 200, 300),
      dim: fc.integer({ min: 1, max: 70 }),
      classes: fc.constantFrom(1, 2, 7, 150),
      // few different whole numbers make many rows equal
      whole: fc.constantFrom(0, 1, 3),
      similarity: fc.constantFrom(...SIMILARITIES),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(cases, ({ rows, dim, classes, whole, similarity, seed }) => {
        const embeddings =
          whole > 0 ? wholeNumbers(rows, whole > 1 ? dim : 3, whole, seed, 1) : gaussian(rows, dim, seed, 1);
        expectPlain(askew(embeddings), labelsOf(rows, classes, seed, 2), similarity);
      }),
      { numRuns: 150 },
    );
  }, 30_000);

  it('is the plain one where rows are all but equal', () => {
    for (const similarity of SIMILARITIES) {
      for (const size of [0, 1e-7, 1e-6, 1e-4]) {
        const embeddings = gaussian(150, 20, 3);
        const first = embeddings.data.slice(0, 20);
        embeddings.data.forEach((value, e) => (embeddings.data[e] = first[e % 20] + size * value));
        expectPlain(embeddings, labelsOf(150, 9, 4), similarity);
      }
    }
  });

  it('is the plain one for rows so long or short that float32 cannot hold their products', () => {
    for (const similarity of SIMILARITIES) {
      for (const size of [1e-30, 1e-22, 1e-14, 1e14, 1e19, 1e37]) {
        expectPlain(scaled(gaussian(120, 9, 5), size), labelsOf(120, 5, 6), similarity);
      }
      // one long row among short ones
      const mixed = gaussian(120, 9, 7);
      for (let k = 0; k < 9; k++) mixed.data[k] *= 1e5;
      expectPlain(mixed, labelsOf(120, 5, 8), similarity);
    }
  });

  it('gives the same on every instruction set and on any number of threads', () => {
    const embeddings = gaussian(333, 41, 9);
    // a hundred rows twice
    embeddings.data.copyWithin(200 * 41, 0, 100 * 41);
    const labels = labelsOf(333, 11, 10);
    everyWay((way) => {
      for (const similarity of SIMILARITIES) expectPlain(embeddings, labels, similarity, way);
    });
  });

  it('is promised too', async () => {
    const [embeddings, labels] = [gaussian(100, 8, 11), labelsOf(100, 5, 12)];
    const promised = await kernels.later.hardest(embeddings, labels, 'cosine');
    expect(promised).toEqual(plain.hardest(embeddings, labels, 'cosine'));
  });
});
