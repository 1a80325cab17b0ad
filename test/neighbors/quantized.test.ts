import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, row } from '../../src/core/matrix.ts';
import { innerProduct } from '../../src/core/products.ts';
import { int8Codes, int8Decoded, ranges, signs, truncated } from '../../src/neighbors/quantized.ts';
import { expectClose, gaussian } from '../matrices.ts';

describe('int8 codes', () => {
  it('are 255 steps from the least of a column to its largest, each number taken to the nearest', () => {
    const rows = fromRows([
      [0, -1, 7],
      [255, 1, 7],
      [100.4, 0, 7],
      [99.6, 0.5, 7],
    ]);
    const all = ranges(3);
    all.meet(rows);
    expect([...all.least, ...all.most]).toEqual([0, -1, 7, 255, 1, 7]);
    // 0 of [-1, 1] is step 127.5, taken up; 0.5 is step 191.25
    expect(Array.from(int8Codes(rows, all))).toEqual([
      -128, -128, -128, 127, 127, -128, -28, 0, -128, -28, 63, -128,
    ]);
    const decoded = int8Decoded(int8Codes(rows, all), all);
    expectClose(decoded.data, [0, -1, 7, 255, 1, 7, 100, 1 / 255, 7, 100, -1 + (191 * 2) / 255, 7]);
  });

  it('are off by half a step at most, whatever chunks the ranges are of', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 40 }), (seed, rows) => {
        const [first, second] = [gaussian(rows, 5, seed), gaussian(3, 5, seed, 1)];
        const all = ranges(5);
        all.meet(first);
        all.meet(second);
        const decoded = int8Decoded(int8Codes(second, all), all);
        for (let e = 0; e < second.data.length; e++) {
          const step = (all.most[e % 5] - all.least[e % 5]) / 255;
          expect(Math.abs(decoded.data[e] - second.data[e])).toBeLessThanOrEqual(step * 0.501);
        }
      }),
    );
  });

  it('stay at the ends for numbers past them', () => {
    const all = { least: Float32Array.of(0), most: Float32Array.of(1) };
    expect(Array.from(int8Codes(fromRows([[-5], [9]]), all))).toEqual([-128, 127]);
  });

  it('need the columns of their ranges', () => {
    expect(() => int8Codes(matrix(1, 2), ranges(3))).toThrow('int8Codes: rows.cols must be 3, got 2');
    expect(() => ranges(3).meet(matrix(1, 2))).toThrow('ranges: rows.cols must be 3, got 2');
    expect(() => int8Decoded(new Int8Array(4), ranges(3))).toThrow(
      'int8Decoded: codes must be rows of 3, got 4',
    );
  });
});

describe('signs', () => {
  it('have inner products of their columns less twice the bits that differ', () => {
    fc.assert(
      fc.property(fc.nat(1000), (seed) => {
        const m = gaussian(2, 37, seed);
        m.data[3] = 0;
        const bits = [0, 1].map((i) => Array.from(row(m, i), (value) => Number(value > 0)));
        const hamming = bits[0].filter((bit, k) => bit !== bits[1][k]).length;
        const made = signs(m);
        expect(innerProduct(row(made, 0), row(made, 1))).toBe(37 - 2 * hamming);
      }),
    );
  });
});

describe('truncated', () => {
  it('keeps the first numbers of each row as a row of length 1, and a zero row zero', () => {
    const cut = truncated(
      fromRows([
        [3, 4, 100],
        [0, 0, 5],
      ]),
      2,
    );
    expectClose(cut.data, [0.6, 0.8, 0, 0]);
    expect([cut.rows, cut.cols]).toEqual([2, 2]);
  });

  it('refuses more than there are', () => {
    expect(() => truncated(matrix(1, 3), 4)).toThrow(
      'truncated: dims must be a whole number in [1, 3], got 4',
    );
  });
});
