import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, row, type Matrix } from '../../src/core/matrix.ts';
import { chord } from '../../src/distances/chord.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { similarityAt, type RowDistance } from '../../src/distances/distance.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { manhattan } from '../../src/distances/lp.ts';
import { squaredChord } from '../../src/distances/squared-chord.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { expectClose, gaussian, scaled } from '../matrices.ts';

const searchable = [cosine, dot, euclidean, squaredEuclidean];
const distances: readonly RowDistance[] = [...searchable, chord, squaredChord, manhattan];
const x = Float32Array.of(1, 2, -2);
const y = Float32Array.of(3, 0, 4);

/** A distance times -1.5, with what `backward` adds to nothing. */
const scaledDistance = (distance: RowDistance) => (rows: { x: Matrix; y: Matrix }) => {
  const gradients = { x: matrix(1, rows.x.cols), y: matrix(1, rows.y.cols) };
  distance.backward(rows.x.data, rows.y.data, -1.5, gradients.x.data, gradients.y.data);
  return { value: -1.5 * distance.between(rows.x.data, rows.y.data), gradients };
};

describe('distances, by hand', () => {
  // lengths 3 and 5, inner product 3 - 8 = -5, differences (-2, 2, -6)
  it('are 1 minus the cosine', () => expect(cosine.between(x, y)).toBeCloseTo(4 / 3, 12));
  it('are minus the inner product', () => expect(dot.between(x, y)).toBe(5));
  it('are the length of the difference', () =>
    expect(euclidean.between(x, y)).toBeCloseTo(Math.sqrt(44), 12));
  it('are the square of that', () => expect(squaredEuclidean.between(x, y)).toBe(44));
  it('are the same two of unit rows', () => {
    // 2 - 2 (-5 / 15)
    expect(squaredChord.between(x, y)).toBeCloseTo(8 / 3, 12);
    expect(chord.between(x, y)).toBeCloseTo(Math.sqrt(8 / 3), 12);
  });
  it('are the sizes of the differences added up', () => expect(manhattan.between(x, y)).toBe(10));
});

describe.each(distances)('$name', (distance) => {
  it('has the slopes of itself for gradients', () => {
    for (const dim of [2, 3, 7]) {
      expectGradient(scaledDistance(distance), { x: gaussian(1, dim, dim, 1), y: gaussian(1, dim, dim, 2) }, [
        'x',
        'y',
      ]);
    }
  });

  it('would be told from one with opposite gradients', () => {
    expectSignsMatter(scaledDistance(distance), { x: gaussian(1, 3, 1), y: gaussian(1, 3, 2) }, ['x', 'y']);
  });

  it('adds its gradients to what is there', () => {
    const [dx, dy] = [Float32Array.of(10, 20, 30), Float32Array.of(-1, -2, -3)];
    const [freshX, freshY] = [new Float32Array(3), new Float32Array(3)];
    distance.backward(x, y, 0.5, freshX, freshY);
    distance.backward(x, y, 0.5, dx, dy);
    expectClose(dx, [10 + freshX[0], 20 + freshX[1], 30 + freshX[2]], 1e-7);
    expectClose(dy, [-1 + freshY[0], -2 + freshY[1], -3 + freshY[2]], 1e-7);
  });

  it('does not care which of two rows comes first', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 9 }), (seed, dim) => {
        const [one, other] = [gaussian(1, dim, seed, 1).data, gaussian(1, dim, seed, 2).data];
        expect(distance.between(one, other)).toBe(distance.between(other, one));
      }),
    );
  });

  it('is finite with finite gradients where rows coincide or are zero', () => {
    const zero = new Float32Array(3);
    for (const [one, other] of [
      [x, x],
      [zero, y],
      [y, zero],
      [zero, zero],
    ]) {
      const [dx, dy] = [new Float32Array(3), new Float32Array(3)];
      distance.backward(one, other, 1, dx, dy);
      expect([distance.between(one, other), ...dx, ...dy].every(Number.isFinite)).toBe(true);
    }
  });
});

describe.each(searchable)('$name', (distance) => {
  it('sorts as its kernel’s scores do, and is what they say', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 9 }), (seed, dim) => {
        const [queries, rows] = [gaussian(3, dim, seed, 1), gaussian(10, dim, seed, 2)];
        const ids = Uint32Array.from({ length: 10 }, (_, j) => j);
        const best = plain.topK(queries, { rows, ids }, 10, { similarity: distance.similarity });
        for (let q = 0; q < 3; q++) {
          const between = (j: number) => distance.between(row(queries, q), row(rows, j));
          const found = Array.from(best.rows.subarray(q * 10, (q + 1) * 10));
          const scores = Array.from(best.scores.subarray(q * 10, (q + 1) * 10));
          expectClose(scores.map(distance.fromScore), found.map(between), 1e-6);
          found
            .slice(1)
            .forEach((j, r) => expect(between(j)).toBeGreaterThanOrEqual(between(found[r]) - 1e-6));
        }
      }),
    );
  });
});

describe('chord', () => {
  it('is 1 from a zero row, which pulls nothing', () => {
    const [zero, dx, dy] = [new Float32Array(3), new Float32Array(3), new Float32Array(3)];
    expect(chord.between(zero, y)).toBeCloseTo(1, 12);
    expect(chord.between(zero, zero)).toBe(0);
    chord.backward(zero, y, 1, dx, dy);
    expectClose([...dx, ...dy], new Float32Array(6), 1e-7);
  });
});

describe('cosine', () => {
  it('is 0 along a row, 2 against it, and 1 across it', () => {
    expect(cosine.between(x, x)).toBe(0);
    expect(cosine.between(x, Float32Array.of(-2, -4, 4))).toBeCloseTo(2, 12);
    expect(cosine.between(x, Float32Array.of(2, -1, 0))).toBe(1);
  });

  it('has its gradients at right angles to the rows', () => {
    const [dx, dy] = [new Float32Array(3), new Float32Array(3)];
    cosine.backward(x, y, 1, dx, dy);
    // -(y - (x · y / x · x) x) / (|x| |y|) = -((3, 0, 4) + 5/9 (1, 2, -2)) / 15
    expectClose(dx, [-32 / 135, -10 / 135, -26 / 135], 1e-7);
    expect(dx[0] * x[0] + dx[1] * x[1] + dx[2] * x[2]).toBeCloseTo(0, 6);
    expect(dy[0] * y[0] + dy[1] * y[1] + dy[2] * y[2]).toBeCloseTo(0, 6);
  });

  it('ignores length', () => {
    const half = scaled(fromRows([x]), 0.5).data;
    expect(cosine.between(half, y)).toBe(cosine.between(x, y));
  });

  it('is 1 from a zero row, which pulls nothing', () => {
    const [zero, dx, dy] = [new Float32Array(3), new Float32Array(3), new Float32Array(3)];
    expect(cosine.between(zero, y)).toBe(1);
    expect(cosine.between(zero, zero)).toBe(1);
    cosine.backward(zero, y, 1, dx, dy);
    expect([dx, dy]).toEqual([zero, zero]);
  });

  it('takes rows whose squares float32 could not hold', () => {
    for (const factor of [1e-30, 1e30]) {
      expect(
        cosine.between(
          x.map((entry) => factor * entry),
          y.map((entry) => factor * entry),
        ),
      ).toBeCloseTo(4 / 3, 6);
    }
  });
});

describe('euclidean', () => {
  it('is 0 with a zero gradient where rows coincide', () => {
    for (const distance of [euclidean, squaredEuclidean]) {
      const [dx, dy] = [new Float32Array(3), new Float32Array(3)];
      expect(distance.between(y, y)).toBe(0);
      distance.backward(y, y, 1, dx, dy);
      expectClose([...dx, ...dy], new Float32Array(6), 0);
    }
  });

  it('pushes each row away from the other with slope 1', () => {
    const [dx, dy] = [new Float32Array(2), new Float32Array(2)];
    euclidean.backward(Float32Array.of(4, 6), Float32Array.of(1, 2), 1, dx, dy);
    expectClose([...dx, ...dy], [0.6, 0.8, -0.6, -0.8], 1e-7);
  });
});

describe('similarityAt', () => {
  it('is the cosine, the inner product, or minus the distance', () => {
    expect(similarityAt(cosine, 0.25)).toBe(0.75);
    expect(similarityAt(dot, dot.between(x, y))).toBe(-5);
    expect(similarityAt(euclidean, 3)).toBe(-3);
    expect(similarityAt(squaredEuclidean, 9)).toBe(-9);
  });
});
