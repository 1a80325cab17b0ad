import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, row, type Matrix } from '../../../src/core/matrix.ts';
import { squaredDifference } from '../../../src/core/products.ts';
import { uniformity } from '../../../src/losses/views/uniformity.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise, scaled } from '../../matrices.ts';

/** A pair at a time. */
function slowly(x: Matrix, t: number): { value: number; gradient: Float64Array } {
  const gradient = new Float64Array(x.data.length);
  let [sum, pairs] = [0, 0];
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < i; j++) {
      const share = Math.exp(-t * squaredDifference(row(x, i), row(x, j)));
      sum += share;
      pairs++;
      for (let k = 0; k < x.cols; k++) {
        const slope = -2 * t * share * (row(x, i)[k] - row(x, j)[k]);
        gradient[i * x.cols + k] += slope;
        gradient[j * x.cols + k] -= slope;
      }
    }
  }
  return { value: Math.log(sum / pairs), gradient: gradient.map((slope) => slope / sum) };
}

describe('uniformity', () => {
  it('is the logarithm of the mean over pairs, worked by hand', () => {
    // squared distances 1, 4 and 5
    const x = fromRows([
      [0, 0],
      [1, 0],
      [0, 2],
    ]);
    const { value, active } = uniformity({ t: 0.5 })({ embeddings: x });
    expect(value).toBeCloseTo(Math.log((Math.exp(-0.5) + Math.exp(-2) + Math.exp(-2.5)) / 3), 6);
    expect(active).toBe(3);
  });

  it('is what a pair at a time gives, however many blocks the rows make', () => {
    for (const rows of [2, 127, 128, 129, 300]) {
      const x = scaled(gaussian(rows, 6, rows), 0.4);
      const [{ value, gradients }, slow] = [uniformity()({ embeddings: x }), slowly(x, 2)];
      expectClose([value], [slow.value], 1e-6);
      const most = Math.max(...slow.gradient.map(Math.abs));
      expectClose(
        gradients.embeddings.data.map((slope) => slope / most),
        slow.gradient.map((slope) => slope / most),
        1e-5,
      );
    }
  });

  it('has the slopes of its value for gradients, on any shape', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        (rows, dim, seed) => {
          expectGradient(uniformity({ t: 0.7 }), { embeddings: gaussian(rows, dim, seed) }, ['embeddings']);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('would be told from one with an opposite gradient', () => {
    expectSignsMatter(uniformity(), { embeddings: gaussian(4, 3, 1) }, ['embeddings']);
  });

  it('does not see where the rows are', () => {
    const near = scaled(gaussian(5, 3, 2), 0.5);
    const far = matrix(
      5,
      3,
      near.data.map((entry) => entry + 64),
    );
    const [here, there] = [uniformity()({ embeddings: near }), uniformity()({ embeddings: far })];
    expectClose([there.value], [here.value], 1e-4);
    expectClose(there.gradients.embeddings.data, here.gradients.embeddings.data, 1e-4);
  });

  it('is finite where every pair is so far apart that exp of it is 0', () => {
    // squared distances 1e6, 4e6 and 1e6: two pairs count
    const { value, gradients } = uniformity({ t: 1 })({ embeddings: fromRows([[-1000], [0], [1000]]) });
    expect(value).toBeCloseTo(-1e6 + Math.log(2 / 3), 0);
    expectClose(
      gradients.embeddings.data.map((slope) => slope / 1000),
      [1, 0, -1],
      1e-6,
    );
  });

  it('is 0 without a slope where all rows are equal, and where there is no pair', () => {
    const same = uniformity()({
      embeddings: fromRows([
        [1, 2],
        [1, 2],
        [1, 2],
      ]),
    });
    expect(same.value).toBeCloseTo(0, 6);
    expectClose(same.gradients.embeddings.data, new Float32Array(6), 1e-6);
    for (const rows of [0, 1]) {
      const { value, active, gradients } = uniformity()({ embeddings: gaussian(rows, 3, 1) });
      expect([value, active]).toEqual([0, 0]);
      expect(gradients.embeddings).toEqual(matrix(rows, 3));
    }
  });

  it('writes over what it is handed, with the numbers that a fresh matrix gets', () => {
    const into = { embeddings: noise(4, 3) };
    const written = uniformity()({ embeddings: gaussian(4, 3, 1) }, into);
    expect(written.gradients.embeddings).toBe(into.embeddings);
    expect(written).toEqual(uniformity()({ embeddings: gaussian(4, 3, 1) }));
  });

  it('refuses what does not fit in one sentence', () => {
    expect(() => uniformity({ t: 0 })).toThrow(
      new RangeError('uniformity: t must be a finite number > 0, got 0'),
    );
    expect(() => uniformity()({ embeddings: fromRows([[1], [NaN]]) })).toThrow(
      new RangeError('uniformity: embeddings row 1 must be finite, got NaN in column 0'),
    );
  });
});
