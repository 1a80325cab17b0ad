import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix, row } from '../../src/core/matrix.ts';
import { withinClassWhitening } from '../../src/models/within-class-whitening.ts';
import { expectClose, gaussian } from '../matrices.ts';

const CLASSES = 4;

/** Correlated rows about their classes' centers. */
function classRows(rows: number): { readonly rows: Matrix; readonly labels: Int32Array } {
  const [noise, centers] = [gaussian(rows, 3, 1), gaussian(CLASSES, 3, 2)];
  const labels = Int32Array.from({ length: rows }, (_, i) => i % CLASSES);
  const all = Array.from(labels, (label, i) => {
    const [x, y, z] = row(noise, i);
    const [a, b, c] = row(centers, label);
    return [3 * x + 9 * a, x + y + 9 * b, 0.1 * z + 9 * c];
  });
  return { rows: fromRows(all), labels };
}

/** Σ (x - m)ᵀ (x - m) / rows, an entry at a time. */
function covarianceWithin({ rows, cols, data }: Matrix, labels: Int32Array): number[] {
  const means = Array.from({ length: CLASSES }, (_, label) =>
    Array.from({ length: cols }, (_, k) => {
      const own = [...labels.keys()].filter((i) => labels[i] === label);
      return own.reduce((sum, i) => sum + data[i * cols + k], 0) / own.length;
    }),
  );
  const about = (i: number, k: number): number => data[i * cols + k] - means[labels[i]][k];
  return Array.from({ length: cols * cols }, (_, e) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += about(i, Math.floor(e / cols)) * about(i, e % cols);
    return sum / rows;
  });
}

describe('withinClassWhitening', () => {
  it('is by hand', () => {
    // about the means of their classes: ±(2, 0), ±(0, 1), so S is diag(2, 1/2) and its mean variance 5/4
    const rows = fromRows([[2, 5], [-2, 5], [6, 1], [6, -1]]); // prettier-ignore
    const { mean, weights, apply } = withinClassWhitening(rows, [7, 7, 8, 8], { shrinkage: 0.4 });
    expectClose(mean.data, [3, 2.5]);
    expectClose(weights.data, [1 / Math.sqrt(2.5), 0, 0, 1]);
    expectClose(apply(fromRows([[8, 3.5]])).data, [5 / Math.sqrt(2.5), 1]);
  });

  it('leaves rows of a class as far apart in every direction, and along none together', () => {
    const { rows, labels } = classRows(200);
    const white = withinClassWhitening(rows, labels, { shrinkage: 1e-6 }).apply(rows);
    expectClose(covarianceWithin(white, labels), [1, 0, 0, 0, 1, 0, 0, 0, 1], 2e-3);
  });

  it('is a multiple of the rows about their mean where shrinkage is all there is', () => {
    const { rows, labels } = classRows(40);
    const { weights } = withinClassWhitening(rows, labels, { shrinkage: 1e6 });
    const scale = weights.data[0];
    expectClose(
      weights.data.map((weight) => weight / scale),
      [1, 0, 0, 0, 1, 0, 0, 0, 1],
      1e-4,
    );
  });

  it('passes over zero rows, which stay zero, and learns nothing of a class of one row', () => {
    const rows = fromRows([[2, 5], [-2, 5], [6, 1], [6, -1], [0, 0]]); // prettier-ignore
    const four = withinClassWhitening(fromRows([[2, 5], [-2, 5], [6, 1], [6, -1]]), [7, 7, 8, 8]); // prettier-ignore
    const five = withinClassWhitening(rows, [7, 7, 8, 8, 7]);
    expect(five.weights).toEqual(four.weights);
    expect([...five.apply(matrix(1, 2)).data]).toEqual([0, 0]);
  });

  it('refuses what it cannot be fitted on', () => {
    const rows = gaussian(3, 2, 1);
    const of = (labels: readonly number[], shrinkage?: number) => () =>
      withinClassWhitening(rows, labels, { shrinkage });
    expect(of([0, 0])).toThrow('withinClassWhitening: labels.length must be 3, got 2');
    expect(of([0, 0, 0], 0)).toThrow('withinClassWhitening: shrinkage must be a finite number > 0, got 0');
    expect(of([0, 1, 2])).toThrow('withinClassWhitening: rows of a class must differ, got none that do');
    // rows along one line, to float32
    const line = fromRows([[1, 3], [2, 6], [4, 12], [7, 21.000001]]); // prettier-ignore
    expect(() => withinClassWhitening(line, [0, 0, 0, 0], { shrinkage: 1e-300 })).toThrow(
      'withinClassWhitening: shrinkage must be larger for these rows, got 1e-300',
    );
  });
});
