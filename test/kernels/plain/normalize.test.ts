import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../../../src/core/matrix.ts';
import { plain } from '../../../src/kernels/plain/plain.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise, scaled } from '../../matrices.ts';

describe('normalize', () => {
  it('divides each row by its length', () => {
    const { unit, norms } = plain.normalize(
      fromRows([
        [3, -4],
        [0, 0.5],
      ]),
    );
    expectClose(unit.data, [0.6, -0.8, 0, 1], 1e-7);
    expect(norms).toEqual(Float64Array.of(5, 0.5));
  });

  it('leaves a zero row zero', () => {
    expect(plain.normalize(matrix(1, 3))).toEqual({ unit: matrix(1, 3), norms: new Float64Array(1) });
  });

  it('takes rows whose squares float32 could not hold', () => {
    const { unit } = plain.normalize(
      fromRows([
        [3e30, -4e30],
        [3e-30, -4e-30],
      ]),
    );
    expectClose(unit.data, [0.6, -0.8, 0.6, -0.8], 1e-6);
  });

  it('takes no rows', () => expect(plain.normalize(matrix(0, 3)).unit).toEqual(matrix(0, 3)));
});

describe('normalizeBackward', () => {
  const weights = gaussian(4, 3, 1);
  /** The unit rows, weighted and added up. */
  const weighted = ({ x }: { x: Matrix }) => {
    const normalized = plain.normalize(x);
    const value = normalized.unit.data.reduce((sum, entry, e) => sum + entry * weights.data[e], 0);
    return { value, gradients: { x: plain.normalizeBackward(normalized, weights) } };
  };

  it('is the chain rule of normalize', () => expectGradient(weighted, { x: gaussian(4, 3, 2) }, ['x']));

  it('would be told from its opposite', () => expectSignsMatter(weighted, { x: gaussian(4, 3, 2) }, ['x']));

  it('is the part of the upstream at right angles to the row, over its length', () => {
    const normalized = plain.normalize(fromRows([[0, 5]]));
    expect(plain.normalizeBackward(normalized, fromRows([[10, 7]]))).toEqual(fromRows([[2, 0]]));
  });

  it('is zero for a zero row, and for an upstream along the row', () => {
    expect(plain.normalizeBackward(plain.normalize(matrix(1, 2)), fromRows([[10, 7]]))).toEqual(matrix(1, 2));
    const x = gaussian(4, 3, 3);
    expectClose(plain.normalizeBackward(plain.normalize(x), scaled(x, 2)).data, new Float32Array(12), 1e-6);
  });

  it('may write over the upstream, and over what it is handed', () => {
    const normalized = plain.normalize(gaussian(4, 3, 4));
    const expected = plain.normalizeBackward(normalized, weights);
    const upstream = scaled(weights, 1);
    expect(plain.normalizeBackward(normalized, upstream, upstream)).toBe(upstream);
    expect(upstream).toEqual(expected);
    const out = noise(4, 3);
    expect(plain.normalizeBackward(normalized, weights, out)).toBe(out);
    expect(out).toEqual(expected);
  });
});
