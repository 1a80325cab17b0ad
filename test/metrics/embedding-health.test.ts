import { describe, expect, it } from 'vitest';
import { fromRows, matrix, row, rowsBetween, type Matrix } from '../../src/core/matrix.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { effectiveRank } from '../../src/metrics/effective-rank.ts';
import { hubness } from '../../src/metrics/hubness.ts';
import { neighborOverlap } from '../../src/metrics/neighbor-overlap.ts';
import { procrustesResidual } from '../../src/metrics/procrustes.ts';
import { rowStatistics } from '../../src/metrics/row-statistics.ts';
import { singularValues } from '../../src/metrics/singular-values.ts';
import { symmetricEigenvalues } from '../../src/metrics/symmetric-eigenvalues.ts';
import { expectClose, gaussian, scaled } from '../matrices.ts';

describe('symmetricEigenvalues', () => {
  it.each([1, 2, 3, 10, 57])('are 2 - 2 cos(π j / (n + 1)) of the second difference, n = %d', (dim) => {
    const a = new Float64Array(dim * dim);
    for (let i = 0; i < dim; i++) {
      a[i * dim + i] = 2;
      if (i > 0) a[i * dim + i - 1] = a[(i - 1) * dim + i] = -1;
    }
    const expected = Array.from(
      { length: dim },
      (_, j) => 2 - 2 * Math.cos((Math.PI * (dim - j)) / (dim + 1)),
    );
    expectClose(symmetricEigenvalues(a, dim), expected, 1e-13);
  });

  it('are those a full matrix was made of, zeros and equal ones among them', () => {
    const dim = 40;
    const values = Array.from({ length: dim }, (_, j) => (j < 5 ? 7 : j < 12 ? 0 : -j)).sort((a, b) => b - a);
    // reflections keep the values
    let a = Float64Array.from({ length: dim * dim }, (_, e) =>
      e % (dim + 1) === 0 ? values[e / (dim + 1)] : 0,
    );
    for (let r = 0; r < 3; r++) {
      const v = gaussian(1, dim, 3, r).data;
      const square = v.reduce((sum, x) => sum + x * x, 0);
      const h = (i: number, j: number) => Number(i === j) - (2 * v[i] * v[j]) / square;
      const left = a.map((_, e) => sum(dim, (k) => h(Math.floor(e / dim), k) * a[k * dim + (e % dim)]));
      a = left.map((_, e) => sum(dim, (k) => left[Math.floor(e / dim) * dim + k] * h(k, e % dim)));
    }
    expectClose(symmetricEigenvalues(a, dim), values, 1e-12);
  });

  it('of zeros are zeros, and of nothing none', () => {
    expect([...symmetricEigenvalues(new Float64Array(9), 3)]).toEqual([0, 0, 0]);
    expect(symmetricEigenvalues(new Float64Array(0), 0)).toHaveLength(0);
  });
});

function sum(count: number, term: (k: number) => number): number {
  let total = 0;
  for (let k = 0; k < count; k++) total += term(k);
  return total;
}

/** Rows turned by some reflections. */
function turned(rows: Matrix): Matrix {
  const out = matrix(rows.rows, rows.cols, rows.data.slice());
  for (let r = 0; r < 4; r++) {
    const v = gaussian(1, rows.cols, 8, r).data;
    const square = v.reduce((total, x) => total + x * x, 0);
    for (let i = 0; i < rows.rows; i++) {
      const x = row(out, i);
      const along = (2 * sum(x.length, (k) => x[k] * v[k])) / square;
      for (let k = 0; k < x.length; k++) x[k] -= along * v[k];
    }
  }
  return out;
}

describe('singularValues', () => {
  it('are those of a matrix by hand, whichever side is longer', async () => {
    // [3 0; 4 5]: σ² are 45 and 5
    expectClose(
      await singularValues(
        fromRows([
          [3, 0],
          [4, 5],
        ]),
      ),
      [Math.sqrt(45), Math.sqrt(5)],
      1e-12,
    );
    expectClose(await singularValues(fromRows([[3, 4, 0]])), [5], 1e-12);
    expectClose(await singularValues(fromRows([[3], [4]])), [5], 1e-12);
  });
});

describe('effectiveRank', () => {
  it('is the number of directions that have as much, and 1 of multiples of one row', async () => {
    expect(
      await effectiveRank(
        fromRows([
          [2, 0, 0, 0],
          [0, 2, 0, 0],
          [0, 0, -2, 0],
        ]),
      ),
    ).toBeCloseTo(3, 12);
    expect(
      await effectiveRank(
        fromRows([
          [1, 2, 3],
          [-2, -4, -6],
          [0.5, 1, 1.5],
        ]),
      ),
    ).toBeCloseTo(1, 6);
  });

  it('is exp of the entropy of the singular values', async () => {
    // shares ¾ and ¼: 4 / 3^¾
    expect(
      await effectiveRank(
        fromRows([
          [0, 3],
          [1, 0],
        ]),
      ),
    ).toBeCloseTo(4 / 3 ** 0.75, 10);
  });

  it('does not change when rows are turned or scaled', async () => {
    const rows = gaussian(200, 9, 2);
    const rank = await effectiveRank(rows);
    expect(rank).toBeGreaterThan(8);
    expect(rank).toBeLessThan(9);
    expect(await effectiveRank(scaled(turned(rows), 5))).toBeCloseTo(rank, 5);
  });

  it('is not defined of zeros', async () => {
    expect(await effectiveRank(matrix(3, 2))).toBeNaN();
    expect(await effectiveRank(matrix(0, 2))).toBeNaN();
    await expect(effectiveRank(fromRows([[NaN]]))).rejects.toThrow(
      /^effectiveRank: rows row 0 must be finite/,
    );
  });
});

describe('rowStatistics', () => {
  it('counts zero rows, duplicates and dead columns, and knows norms, by hand', async () => {
    const rows = fromRows([
      [3, 4, 1],
      [0, 0, 0],
      [3, 4, 1],
      [0, -0, 0],
      [-3, -4, 1.001],
      [3, 4, 1.0000001],
    ]);
    const found = await rowStatistics([rows]);
    expect(found).toMatchObject({ rows: 6, cols: 3, zeroRows: 2, duplicates: 1 });
    expect(found.norms[0]).toBe(0);
    expect(found.norms.at(-1)).toBeCloseTo(Math.hypot(3, 4, 1.001), 6);
    expect(found.deviations[0]).toBeCloseTo(Math.sqrt((4 * 9) / 6 - (6 / 6) ** 2), 6);
  });

  it('calls a column dead that hardly varies beside the others, and all where nothing varies', async () => {
    const noise = gaussian(100, 4, 5);
    for (let i = 0; i < 100; i++) {
      noise.data[i * 4 + 1] = 1000;
      noise.data[i * 4 + 2] = 7 + 1e-4 * noise.data[i * 4 + 2];
    }
    expect((await rowStatistics([noise])).dead).toEqual([1, 2]);
    expect(
      (
        await rowStatistics([
          fromRows([
            [1, 2],
            [1, 2],
          ]),
        ])
      ).dead,
    ).toEqual([0, 1]);
  });

  it('has the mean cosine of all pairs that every pair gives, zero rows aside, in any chunks', async () => {
    const rows = gaussian(50, 6, 7);
    row(rows, 13).fill(0);
    const cosines: number[] = [];
    for (let i = 0; i < 50; i++)
      for (let j = 0; j < i; j++)
        if (i !== 13 && j !== 13) cosines.push(1 - cosine.between(row(rows, i), row(rows, j)));
    const whole = await rowStatistics([rows]);
    expect(whole.meanCosine).toBeCloseTo(cosines.reduce((a, b) => a + b) / cosines.length, 7);
    const chunks = [rowsBetween(rows, 0, 1), rowsBetween(rows, 1, 30), rowsBetween(rows, 30, 50)];
    expect(await rowStatistics(chunks)).toEqual(whole);
  });

  it('of rows that point the same way has the mean cosine 1, and of one row none', async () => {
    expect(
      (
        await rowStatistics([
          fromRows([
            [1, 1],
            [2, 2],
            [9, 9],
          ]),
        ])
      ).meanCosine,
    ).toBeCloseTo(1, 6);
    expect((await rowStatistics([fromRows([[1, 1]])])).meanCosine).toBeNaN();
    expect(await rowStatistics([])).toMatchObject({ rows: 0, zeroRows: 0, duplicates: 0, dead: [] });
  });
});

describe('hubness', () => {
  it('counts whose nearest each is, by hand', async () => {
    // at 0°, 10°, 25° and 100°: the nearest are 10°, 0°, 10°, 25°
    const rows = fromRows(
      [0, 10, 25, 100].map((d) => [Math.cos((d * Math.PI) / 180), Math.sin((d * Math.PI) / 180)]),
    );
    const { occurrences, skewness, orphans } = await hubness(rows, { k: 1 });
    expect([...occurrences]).toEqual([1, 2, 1, 0]);
    // deviations 0 1 0 -1
    expect(skewness).toBe(0);
    expect(orphans).toBe(0.25);
  });

  it('is skewed by a row in the middle of all others', async () => {
    const star = matrix(30, 30);
    for (let i = 1; i < 30; i++) [star.data[i * 30 + i], star.data[i]] = [1, 0.5];
    const { occurrences, skewness } = await hubness(star, { k: 1 });
    expect(occurrences[0]).toBe(29);
    // N = 29, 1 of one row that is the first's nearest, and 28 times 0; about 1
    const cubes = (28 ** 3 + 0 + 28 * -1) / 30;
    expect(skewness).toBeCloseTo(cubes / ((28 ** 2 + 28) / 30) ** 1.5, 10);
  });

  it('is 0 where all have as many, and not defined of one row', async () => {
    expect(
      (
        await hubness(
          fromRows([
            [1, 0],
            [1, 0.1],
          ]),
          { k: 5 },
        )
      ).skewness,
    ).toBe(0);
    expect((await hubness(fromRows([[1]]))).skewness).toBeNaN();
    await expect(hubness(matrix(2, 1), { k: 0 })).rejects.toThrow(RangeError);
  });
});

describe('neighborOverlap', () => {
  it('is 1 where rows were turned and scaled, and chance where they are others', async () => {
    const rows = gaussian(400, 8, 1);
    expect(Math.min(...(await neighborOverlap(rows, scaled(turned(rows), 3))))).toBeGreaterThanOrEqual(0.9);
    const chance = await neighborOverlap(rows, gaussian(400, 5, 2), { k: 40 });
    expect(chance.reduce((a, b) => a + b) / 400).toBeCloseTo(40 / 399, 1);
  });

  it('counts shared neighbors, by hand', async () => {
    const [before, after] = [
      [0, 1, 3, 7],
      [0, 4, 3, 7],
    ].map((at) => fromRows(at.map((x) => [1, x / 10])));
    // the nearest are 1 0 1 2, then 2 2 1 1: only row 2 keeps its own
    expect([...(await neighborOverlap(before, after, { k: 1 }))]).toEqual([0, 0, 1, 0]);
    expect([...(await neighborOverlap(before, after, { k: 2, of: Uint32Array.of(0, 3) }))]).toEqual([1, 1]);
  });

  it('refuses rows of another number and numbers of no row', async () => {
    await expect(neighborOverlap(matrix(2, 1), matrix(3, 1))).rejects.toThrow(
      new RangeError('neighborOverlap: after.rows must be 2, got 3'),
    );
    await expect(neighborOverlap(matrix(2, 1), matrix(2, 1), { of: Uint32Array.of(2) })).rejects.toThrow(
      RangeError,
    );
    expect([...(await neighborOverlap(matrix(1, 1), matrix(1, 1)))]).toEqual([NaN]);
  });
});

describe('procrustesResidual', () => {
  it('is 0 of what was turned, with more columns too', async () => {
    const rows = gaussian(100, 6, 4);
    expect(await procrustesResidual(rows, turned(rows))).toBeLessThan(1e-6);
    const wider = fromRows(Array.from({ length: 100 }, (_, i) => [0, ...row(rows, i), 0]));
    expect(await procrustesResidual(rows, wider)).toBeLessThan(1e-6);
  });

  it('is how much longer the rows are, where they were scaled alone', async () => {
    const rows = gaussian(50, 5, 4);
    expect(await procrustesResidual(scaled(rows, 3), rows)).toBeCloseTo(2, 6);
    expect(await procrustesResidual(rows, scaled(rows, 4))).toBeCloseTo(3 / 4, 6);
  });

  it("is what SciPy's orthogonal_procrustes leaves", async () => {
    const a = fromRows([
      [1, 2, 0],
      [0, 1, 3],
      [2, 0, 1],
      [1, 1, 1],
    ]);
    const b = fromRows([
      [0, 2, 1],
      [3, 0, 1],
      [1, 2, 2],
      [1, 0, 1],
    ]);
    expect(await procrustesResidual(a, b)).toBeCloseTo(0.40892999181064726, 10);
  });

  it('refuses rows of another number', async () => {
    await expect(procrustesResidual(matrix(1, 2), matrix(2, 2))).rejects.toThrow(
      new RangeError('procrustesResidual: b.rows must be 1, got 2'),
    );
  });
});
