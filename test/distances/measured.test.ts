import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, row, type Matrix } from '../../src/core/matrix.ts';
import { cosineSimilarity } from '../../src/distances/cosine-similarity.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { distanceMatrix } from '../../src/distances/distance-matrix.ts';
import type { RowDistance } from '../../src/distances/distance.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { lp, manhattan } from '../../src/distances/lp.ts';
import { normalize } from '../../src/distances/normalize.ts';
import { pairwiseDistance } from '../../src/distances/pairwise-distance.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { expectClose, gaussian, noise } from '../matrices.ts';

const distances: readonly RowDistance[] = [
  cosine,
  dot,
  euclidean,
  squaredEuclidean,
  manhattan,
  lp({ p: 3, eps: 0.1 }),
];
const shape = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat());

describe('lp', () => {
  const x = Float32Array.of(1, 2, -2);
  const y = Float32Array.of(3, 0, 4);

  it('is the root of the sum of the powers of the differences', () => {
    expect(manhattan.between(x, y)).toBe(10);
    expect(lp().between(x, y)).toBeCloseTo(Math.sqrt(44), 12);
    expect(lp({ p: 3 }).between(x, y)).toBeCloseTo(232 ** (1 / 3), 12);
    // -1.5, 2.5 and -5.5
    expect(lp({ p: 1, eps: 0.5 }).between(x, y)).toBe(9.5);
  });

  it('pushes by the sign of each difference, and where rows coincide not at all but for its eps', () => {
    const slopes = (distance: RowDistance, other: Float32Array) => {
      const [dx, dy] = [new Float32Array(3), new Float32Array(3)];
      distance.backward(x, other, 2, dx, dy);
      expectClose(
        dy,
        dx.map((slope) => 0 - slope),
        0,
      );
      return dx;
    };
    expectClose(slopes(manhattan, y), [-2, 2, -2], 0);
    expectClose(slopes(lp(), x), [0, 0, 0], 0);
    expectClose(slopes(lp({ eps: 1e-6 }), x), new Float32Array(3).fill(2 / Math.sqrt(3)), 1e-6);
  });

  it('does not overflow, and refuses what is no power or no eps', () => {
    const far = Float32Array.of(3e38, 0, 0);
    expect(lp({ p: 50 }).between(far, x) / 3e38).toBeCloseTo(1, 6);
    for (const p of [0.5, NaN, Infinity]) {
      expect(() => lp({ p })).toThrow(new RangeError(`lp: p must be a finite number >= 1, got ${p}`));
    }
    expect(() => lp({ eps: -1 })).toThrow(new RangeError('lp: eps must be a finite number >= 0, got -1'));
  });
});

describe.each(distances)('$name', (distance) => {
  const weights = gaussian(5, 7, 9);
  const total = (value: ArrayLike<number>) =>
    Array.from(value).reduce((sum, each, e) => sum + each * weights.data[e], 0);

  it('of rows beside one another, and of all, is that of each two', () => {
    fc.assert(
      fc.property(shape, ([rows, dim, seed]) => {
        const [left, right] = [gaussian(rows, dim, seed, 1), gaussian(rows, dim, seed, 2)];
        // one pair that is near, one that coincides
        right.data.set(row(left, 0).map((value) => value * 1.001));
        right.data.set(row(left, rows - 1), (rows - 1) * dim);
        const between = (i: number, j: number) => distance.between(row(left, i), row(right, j));
        const all = distanceMatrix(left, right, distance).value;
        expectClose(
          all.data,
          Array.from(all.data, (_, e) => between(Math.floor(e / rows), e % rows)),
          2e-6,
        );
        const beside = pairwiseDistance(left, right, distance).value;
        expectClose(
          beside,
          Array.from(beside, (_, i) => between(i, i)),
          1e-12,
        );
      }),
    );
  });

  it('has the slopes of what it gives', () => {
    for (const seed of [1, 2]) {
      const [left, right, more] = [1, 2, 3].map((key) => gaussian(key === 3 ? 7 : 5, 6, seed, key));
      const beside = (batch: { left: Matrix; right: Matrix }) => {
        const { value, backward } = pairwiseDistance(batch.left, batch.right, distance);
        return { value: total(value), gradients: backward(Float64Array.from(weights.data.subarray(0, 5))) };
      };
      const all = (batch: { left: Matrix; right: Matrix }) => {
        const { value, backward } = distanceMatrix(batch.left, batch.right, distance);
        return { value: total(value.data), gradients: backward(weights) };
      };
      if (distance !== manhattan) {
        expectGradient(beside, { left, right }, ['left', 'right']);
        expectSignsMatter(beside, { left, right }, ['left', 'right']);
        // value and its steps are rounded to float32 here: the kernel's slopes are held to those of each two below
      }
      const { gradients } = all({ left, right: more });
      const [dx, dy] = [matrix(5, 6), matrix(7, 6)];
      for (let e = 0; e < 35; e++) {
        const [i, j] = [Math.floor(e / 7), e % 7];
        distance.backward(row(left, i), row(more, j), weights.data[e], row(dx, i), row(dy, j));
      }
      expectClose(gradients.left.data, dx.data, 3e-6);
      expectClose(gradients.right.data, dy.data, 3e-6);
    }
  });

  it('writes its gradients into what they are handed, and is finite where rows coincide or are zero', () => {
    const rows = fromRows([
      [0, 0],
      [1, 2],
      [1, 2],
    ]);
    const into = { left: noise(3, 2), right: noise(3, 2) };
    pairwiseDistance(rows, rows, distance).backward(Float64Array.of(1, 1, 1), into);
    const all = { left: noise(3, 2), right: noise(3, 2) };
    const { value, backward } = distanceMatrix(rows, rows, distance);
    backward(matrix(3, 3, new Float32Array(9).fill(1)), all);
    for (const { data } of [into.left, into.right, all.left, all.right, value]) {
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('distanceMatrix', () => {
  it('keeps the digits of rows that are near one another and far from the origin', () => {
    const left = fromRows([[1000, 1000, 1000]]);
    const right = fromRows([
      [1000.25, 1000, 1000],
      [1000, 1000, 1000],
      [0, 0, 0],
    ]);
    const { value, backward } = distanceMatrix(left, right);
    expectClose(value.data, [0.25, 0, 1000 * Math.sqrt(3)], 1e-7);
    expect(value.data[1]).toBe(0);
    const { left: slopes } = backward(matrix(1, 3, Float32Array.of(1, 1, 0)));
    expectClose(slopes.data, [-1, 0, 0], 1e-6);
  });

  it('takes no rows, and refuses rows of other lengths and upstreams of other shapes', () => {
    expect(distanceMatrix(matrix(0, 2), matrix(3, 2)).value).toEqual(matrix(0, 3));
    expect(() => distanceMatrix(matrix(1, 2), matrix(1, 3))).toThrow(
      new RangeError('distanceMatrix: right.cols must be 2, got 3'),
    );
    expect(() => distanceMatrix(matrix(1, 2), matrix(4, 2)).backward(matrix(1, 3))).toThrow(
      new RangeError('distanceMatrix: upstream.cols must be 4, got 3'),
    );
  });
});

describe('cosineSimilarity', () => {
  it('is the cosine of rows beside one another, with its slopes', () => {
    const [left, right] = [gaussian(4, 3, 1), gaussian(4, 3, 2)];
    const upstream = Float64Array.of(1, -2, 0.5, 3);
    expectClose(
      cosineSimilarity(left, right).value,
      Array.from({ length: 4 }, (_, i) => 1 - cosine.between(row(left, i), row(right, i))),
      1e-12,
    );
    const weighted = (batch: { left: Matrix; right: Matrix }) => {
      const { value, backward } = cosineSimilarity(batch.left, batch.right);
      return {
        value: value.reduce((sum, each, i) => sum + upstream[i] * each, 0),
        gradients: backward(upstream),
      };
    };
    expectGradient(weighted, { left, right }, ['left', 'right']);
    expectSignsMatter(weighted, { left, right }, ['left', 'right']);
  });

  it('takes rows shorter than eps for that long, and a zero row for nothing', () => {
    const [left, right] = [
      fromRows([
        [3, 4],
        [0, 0],
      ]),
      fromRows([
        [0, 2],
        [1, 0],
      ]),
    ];
    // 8 / (10 · 10): both count as 10 long
    const { value, backward } = cosineSimilarity(left, right, { eps: 10 });
    expectClose(value, [8 / 100, 0], 1e-12);
    const gradients = backward(Float64Array.of(1, 1));
    expectClose(gradients.left.data, [0, 0.02, 0, 0], 1e-7);
    expect(() => cosineSimilarity(left, right, { eps: -1 })).toThrow(
      new RangeError('cosineSimilarity: eps must be a finite number >= 0, got -1'),
    );
    expect(() => cosineSimilarity(left, matrix(1, 2))).toThrow(
      new RangeError('cosineSimilarity: right.rows must be 2, got 1'),
    );
  });
});

describe('normalize', () => {
  it('divides each row by its length, and takes slopes at right angles to it', () => {
    const { value, backward } = normalize(
      fromRows([
        [3, -4],
        [0, 0],
      ]),
    );
    expectClose(value.data, [0.6, -0.8, 0, 0], 1e-7);
    // (1, 0) less 0.6 of the unit row, over 5
    expectClose(
      backward(
        fromRows([
          [1, 0],
          [1, 1],
        ]),
      ).data,
      [0.128, 0.096, 0, 0],
      1e-7,
    );
    expect(() => normalize(fromRows([[NaN]]))).toThrow(
      new RangeError('normalize: x row 0 must be finite, got NaN in column 0'),
    );
  });
});
