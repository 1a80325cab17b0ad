import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import { lp } from '../../src/distances/lp.ts';
import type { RowDistance } from '../../src/distances/distance.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { expectClose, gaussian } from '../matrices.ts';

const x = Float32Array.of(1, 2, -2);
const y = Float32Array.of(3, 0, 4);

/** A distance times -1.5, with what `backward` adds to nothing. */
const sloped = (distance: RowDistance) => (rows: { x: Matrix; y: Matrix }) => {
  const gradients = { x: matrix(1, rows.x.cols), y: matrix(1, rows.y.cols) };
  distance.backward(rows.x.data, rows.y.data, -1.5, gradients.x.data, gradients.y.data);
  return { value: -1.5 * distance.between(rows.x.data, rows.y.data), gradients };
};

function slopes(distance: RowDistance, a: Float32Array, b: Float32Array): Float32Array {
  const [da, db] = [new Float32Array(a.length), new Float32Array(a.length)];
  distance.backward(a, b, 1, da, db);
  expectClose(
    db.map((slope) => -slope),
    da,
    0,
  );
  return da;
}

describe('lp', () => {
  it('is, worked by hand, a root of a sum of powers of differences', () => {
    // differences -2, 2 and -6
    expect(lp({ p: 1, epsilon: 0 }).between(x, y)).toBe(10);
    expect(lp({ p: 2, epsilon: 0 }).between(x, y)).toBeCloseTo(Math.sqrt(44), 12);
    expect(lp({ p: 3, epsilon: 0 }).between(x, y)).toBeCloseTo(Math.cbrt(8 + 8 + 216), 12);
    expect(lp({ p: Infinity, epsilon: 0 }).between(x, y)).toBe(6);
  });

  it('adds its epsilon to each difference', () => {
    expect(lp({ p: 1, epsilon: 0.5 }).between(x, y)).toBe(1.5 + 2.5 + 5.5);
    // the other way round the differences are 2, -2 and 6
    expect(lp({ p: 1, epsilon: 0.5 }).between(y, x)).toBe(2.5 + 1.5 + 6.5);
    expect(lp().between(x, x)).toBeCloseTo(1e-6 * Math.sqrt(3), 15);
    expectClose(slopes(lp(), x, x), new Float32Array(3).fill(1 / Math.sqrt(3)), 1e-6);
  });

  it('has no slope where its distance is 0, nor at p = 1 where a difference is', () => {
    for (const p of [1, 1.5, 2, Infinity]) {
      expectClose(slopes(lp({ p, epsilon: 0 }), x, x), [0, 0, 0], 0);
    }
    expectClose(slopes(lp({ p: 1, epsilon: 0 }), x, Float32Array.of(1, 5, -3)), [0, -1, 1], 0);
  });

  it('shares the slope between equally large differences at p = Infinity', () => {
    expectClose(slopes(lp({ p: Infinity, epsilon: 0 }), x, Float32Array.of(4, 2, 1)), [-0.5, 0, -0.5], 0);
  });

  it('does not overflow at a high power', () => {
    const far = Float32Array.of(1e4, 0, -1e4);
    expect(lp({ p: 200, epsilon: 0 }).between(far, new Float32Array(3))).toBeCloseTo(1e4 * 2 ** (1 / 200), 6);
  });

  it('has the slopes of itself for gradients', () => {
    fc.assert(
      fc.property(fc.constantFrom(1.5, 2, 3, 4), fc.integer({ min: 2, max: 6 }), fc.nat(), (p, dim, seed) => {
        const rows = { x: gaussian(1, dim, seed, 1), y: gaussian(1, dim, seed, 2) };
        fc.pre(rows.x.data.every((value, k) => Math.abs(value - rows.y.data[k]) > 0.5));
        expectGradient(sloped(lp({ p })), rows, ['x', 'y']);
      }),
      { numRuns: 20 },
    );
    const rows = { x: matrix(1, 3, x.slice()), y: matrix(1, 3, y.slice()) };
    for (const p of [1, Infinity]) expectGradient(sloped(lp({ p })), rows, ['x', 'y']);
    expectSignsMatter(sloped(lp({ p: 3 })), rows, ['x', 'y']);
  });

  it('refuses what is no norm', () => {
    expect(() => lp({ p: 0.5 })).toThrow(new RangeError('lp: p must be a number >= 1, got 0.5'));
    expect(() => lp({ epsilon: -1 })).toThrow(
      new RangeError('lp: epsilon must be a finite number >= 0, got -1'),
    );
  });
});
