import { describe, expect, it } from 'vitest';
import { fromRows, matrix, row, type Matrix } from '../../src/core/matrix.ts';
import { squaredDifference } from '../../src/core/products.ts';
import { kMeans } from '../../src/metrics/k-means.ts';
import { normalizedMutualInformation } from '../../src/metrics/mutual-information.ts';
import { gaussian } from '../matrices.ts';

/** Rows about far corners, in turn. */
function blobs(rows: number, corners: number): { rows: Matrix; labels: Int32Array } {
  const noise = gaussian(rows, 8, 1);
  const labels = Int32Array.from({ length: rows }, (_, i) => i % corners);
  labels.forEach((label, i) => (noise.data[i * 8 + label] += 20));
  return { rows: noise, labels };
}

describe('kMeans', () => {
  it('finds clusters that lie far apart', async () => {
    const { rows, labels } = blobs(300, 6);
    const { clusters } = await kMeans(rows, { k: 6, starts: 3 });
    expect(normalizedMutualInformation(labels, clusters)).toBe(1);
  });

  it('is two clusters of two, by hand', async () => {
    const { clusters, centers, inertia } = await kMeans(fromRows([[0], [10], [1], [12]]), { k: 2 });
    expect(clusters[0]).toBe(clusters[2]);
    expect(clusters[1]).toBe(clusters[3]);
    expect(centers.data[clusters[0]]).toBe(0.5);
    expect(centers.data[clusters[1]]).toBe(11);
    expect(inertia).toBe(0.5 + 2);
  });

  it('ends with every row at its nearest center, which is the mean of its rows', async () => {
    const rows = gaussian(400, 5, 2);
    const { clusters, centers, inertia } = await kMeans(rows, { k: 7, most: 1000 });
    let total = 0;
    for (let i = 0; i < rows.rows; i++) {
      const distances = Array.from({ length: 7 }, (_, c) => squaredDifference(row(rows, i), row(centers, c)));
      total += distances[clusters[i]];
      expect(distances[clusters[i]]).toBeLessThanOrEqual(Math.min(...distances) + 1e-5);
    }
    expect(inertia).toBeCloseTo(total, 8);
    for (let c = 0; c < 7; c++) {
      const own = [...clusters.keys()].filter((i) => clusters[i] === c);
      const first = own.reduce((sum, i) => sum + rows.data[i * 5], 0) / own.length;
      expect(centers.data[c * 5]).toBeCloseTo(first, 5);
    }
  });

  it('is the same for the same seed, and no worse for more starts', async () => {
    const rows = gaussian(300, 4, 3);
    const once = await kMeans(rows, { k: 10, seed: 5 });
    expect(await kMeans(rows, { k: 10, seed: 5 })).toEqual(once);
    const best = await kMeans(rows, { k: 10, seed: 5, starts: 8 });
    expect(best.inertia).toBeLessThan(once.inertia);
    expect((await kMeans(rows, { k: 10, seed: 6 })).clusters).not.toEqual(once.clusters);
  });

  it('leaves no cluster empty, though all rows are the same', async () => {
    const { clusters, inertia } = await kMeans(matrix(9, 3), { k: 5 });
    expect(new Set(clusters).size).toBe(5);
    expect(inertia).toBe(0);
  });

  it('of as many clusters as rows has none to share', async () => {
    const { clusters, inertia } = await kMeans(gaussian(30, 3, 4), { k: 30 });
    expect(new Set(clusters).size).toBe(30);
    expect(inertia).toBe(0);
  });

  it('refuses more clusters than rows, and rows that are not finite', async () => {
    await expect(kMeans(matrix(2, 1), { k: 3 })).rejects.toThrow(
      new RangeError('kMeans: k must be at most the number of rows, 2, got 3'),
    );
    await expect(kMeans(fromRows([[NaN]]), { k: 1 })).rejects.toThrow(
      new RangeError('kMeans: rows row 0 must be finite, got NaN in column 0'),
    );
  });
});
