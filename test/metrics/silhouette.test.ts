import { describe, expect, it } from 'vitest';
import { fromRows, row } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { manhattan } from '../../src/distances/lp.ts';
import { calinskiHarabasz, daviesBouldin } from '../../src/metrics/cluster-spread.ts';
import { silhouette } from '../../src/metrics/silhouette.ts';
import { expectClose, gaussian } from '../matrices.ts';

describe('silhouette', () => {
  it('is how much nearer the next cluster would have to be', async () => {
    const values = await silhouette(fromRows([[0], [2], [10], [13]]), [4, 4, 7, 7]);
    // 2 from its own, (10 + 13) / 2 from the others, and so on
    expectClose(values, [9.5 / 11.5, 7.5 / 9.5, 6 / 9, 9 / 12], 1e-12);
  });

  it('looks at the nearest of the other clusters', async () => {
    const [first] = await silhouette(fromRows([[0], [1], [4], [-3]]), [0, 0, 1, 2]);
    expect(first).toBeCloseTo((3 - 1) / 3, 12);
  });

  it('is 0 for a row alone, and where all rows are the same', async () => {
    expect((await silhouette(fromRows([[0], [5], [6]]), [0, 1, 1]))[0]).toBe(0);
    expect([...(await silhouette(fromRows([[2], [2], [2], [2]]), [0, 0, 1, 1]))]).toEqual([0, 0, 0, 0]);
  });

  it('is not defined for one cluster', async () => {
    expect([...(await silhouette(fromRows([[0], [5]]), [1, 1]))]).toEqual([NaN, NaN]);
    expect(await silhouette(fromRows([]), [])).toHaveLength(0);
  });

  it.each([euclidean, cosine, manhattan])(
    'is what all pairs of many rows give, by $name',
    async (distance) => {
      // more than are looked at in one block
      const rows = gaussian(1100, 3, 1);
      const clusters = Int32Array.from({ length: 1100 }, (_, i) => (i * i) % 7);
      const values = await silhouette(rows, clusters, { distance });
      const means = (i: number) => {
        const [sums, counts] = [new Float64Array(7), new Float64Array(7)];
        clusters.forEach((c, j) => {
          if (i === j) return;
          sums[c] += distance.between(row(rows, i), row(rows, j));
          counts[c]++;
        });
        return sums.map((sum, c) => sum / counts[c]);
      };
      for (const i of [0, 1, 500, 952, 953, 1099]) {
        const all = means(i);
        const within = all[clusters[i]];
        const between = Math.min(...all.filter((each, c) => c !== clusters[i] && !Number.isNaN(each)));
        expect(values[i]).toBeCloseTo((between - within) / Math.max(between, within), 5);
      }
    },
  );

  it('refuses rows without a cluster', async () => {
    await expect(silhouette(fromRows([[1]]), [])).rejects.toThrow(
      new RangeError('silhouette: clusters.length must be 1, got 0'),
    );
  });
});

describe('calinskiHarabasz', () => {
  it('is the spread of the means over the spread about them', () => {
    // means 1 and 11 about 6: 4 · 25 over 1; about the means 4 over 2
    expect(calinskiHarabasz(fromRows([[0], [2], [10], [12]]), [0, 0, 1, 1])).toBeCloseTo(100 / (4 / 2), 12);
  });

  it('has no bound where rows are their means, and is not defined of one cluster or of none with two rows', () => {
    expect(calinskiHarabasz(fromRows([[1], [1], [2]]), [0, 0, 1])).toBe(Infinity);
    expect(calinskiHarabasz(fromRows([[1], [2]]), [0, 0])).toBeNaN();
    expect(calinskiHarabasz(fromRows([[1], [2]]), [0, 1])).toBeNaN();
  });
});

describe('daviesBouldin', () => {
  it('is the mean of the worst neighbor of each', () => {
    // means 1, 11, 31; rows are 1, 1, 2 from them: the pairs are 2 / 10, 3 / 30 and 3 / 20
    const rows = fromRows([[0], [2], [10], [12], [29], [33]]);
    expect(daviesBouldin(rows, [0, 0, 1, 1, 2, 2])).toBeCloseTo((0.2 + 0.2 + 0.15) / 3, 12);
  });

  it('is 0 of points, without bound where means are the same, and not defined of one cluster', () => {
    expect(daviesBouldin(fromRows([[1], [2]]), [0, 1])).toBe(0);
    expect(daviesBouldin(fromRows([[0], [2], [1]]), [0, 0, 1])).toBe(Infinity);
    expect(daviesBouldin(fromRows([[0], [2]]), [0, 0])).toBeNaN();
  });
});
