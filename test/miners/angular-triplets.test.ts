import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, row, stack, type Matrix } from '../../src/core/matrix.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { normalize } from '../../src/distances/normalize.ts';
import { angularTriplets } from '../../src/miners/angular-triplets.ts';
import { gaussian } from '../matrices.ts';
import { batches, listed, slowly, tripletsWhere } from './by-definition.ts';

/** The angle at c of the right triangle whose sides are half of a to p, and c to n; 90 where n is c. */
function degreesAt(rows: Matrix, [a, p, n]: readonly number[]): number {
  const [x, y, z] = [a, p, n].map((i) => row(rows, i));
  const half = Math.hypot(...x.map((value, k) => value - y[k])) / 2;
  const toCenter = Math.hypot(...Float64Array.from(z, (value, k) => value - (x[k] + y[k]) / 2));
  return toCenter === 0 ? 90 : (Math.atan(half / toCenter) * 180) / Math.PI;
}

describe('angularTriplets', () => {
  const embeddings = fromRows([
    [0, 0],
    [2, 0],
    [1, 1],
    [1, 3],
    [1, 2],
  ]);
  const batch = { embeddings, labels: Int32Array.of(0, 0, 1, 1, 1) };

  it('takes what is seen at a wide angle from the negative', () => {
    // rows 0 and 1 from row 2 at 45°, from row 4 at 26.6° and from row 3 at 18.4°; rows 2 and 3 from rows 0 and 1 at 24.1°, the others
    // at 15.5° or less
    const wide = [
      [0, 1, 2],
      [0, 1, 4],
      [1, 0, 2],
      [1, 0, 4],
      [2, 3, 0],
      [2, 3, 1],
      [3, 2, 0],
      [3, 2, 1],
    ];
    expect(listed(angularTriplets({ rows: 'raw' })(batch).triplets)).toEqual(wide);
    expect(listed(angularTriplets({ rows: 'raw', angle: 25 })(batch).triplets)).toEqual(wide.slice(0, 4));
    expect(listed(angularTriplets({ rows: 'raw', angle: 46 })(batch).triplets)).toEqual([]);
  });

  it('has a negative at the centre at 90°, also where all three are one', () => {
    const centre = { embeddings: fromRows([[0], [2], [1]]), labels: Int32Array.of(0, 0, 1) };
    expect(listed(angularTriplets({ rows: 'raw', angle: 89.9 })(centre).triplets)).toEqual([
      [0, 1, 2],
      [1, 0, 2],
    ]);
    const one = { embeddings: fromRows([[3], [3], [3]]), labels: Int32Array.of(0, 0, 1) };
    expect(listed(angularTriplets({ rows: 'raw' })(one).triplets)).toEqual([
      [0, 1, 2],
      [1, 0, 2],
    ]);
    // two that are one are seen from elsewhere at 0°
    const two = { embeddings: fromRows([[3], [3], [4]]), labels: Int32Array.of(0, 0, 1) };
    expect(listed(angularTriplets({ rows: 'raw' })(two).triplets)).toEqual([]);
  });

  it('is its definition, whatever the batch', () => {
    fc.assert(
      fc.property(batches, fc.constantFrom(7, 20, 38, 61), (each, angle) => {
        const all = each.references ? stack(each.embeddings, each.references.embeddings) : each.embeddings;
        const expected = tripletsWhere(
          slowly(each, euclidean),
          (p, n, { row: a }) => degreesAt(all, [a, p.number, n.number]) > angle,
        );
        expect(listed(angularTriplets({ rows: 'raw', angle })(each).triplets)).toEqual(expected);
      }),
    );
  });

  it('is in order and complete where a label has more rows than are taken at a time', () => {
    const labels = Int32Array.from({ length: 145 }, (_, i) => Number(i % 20 === 0));
    const large = { embeddings: gaussian(145, 4, 5), labels };
    const { triplets } = angularTriplets({ angle: 60 })(large);
    const unit = normalize(large.embeddings).value;
    const found = listed(triplets);
    const expected = tripletsWhere(
      slowly(large, euclidean),
      (p, n, { row: a }) => degreesAt(unit, [a, p.number, n.number]) > 60,
    );
    expect(found.length).toBeGreaterThan(500);
    expect(found).toEqual(expected);
  });

  it('refuses an angle that is none', () => {
    expect(() => angularTriplets({ angle: 90 })).toThrow(
      new RangeError('angularTriplets: angle must be a number of degrees in (0, 90), got 90'),
    );
  });
});
