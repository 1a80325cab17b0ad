import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix, type Matrix, row } from '../../src/core/matrix.ts';
import { addedGradients, isOfRows, type RowGradients } from '../../src/core/parameters.ts';

const ROWS = 12;

/** Of some rows of a table with 12, whole numbers: their sums are exact. */
const some = fc.uniqueArray(fc.nat(ROWS - 1)).chain((numbers) =>
  fc
    .array(fc.integer({ min: -9, max: 9 }), { minLength: 2 * numbers.length, maxLength: 2 * numbers.length })
    .map((values): RowGradients => ({
      numbers: Uint32Array.from(numbers).sort(),
      values: matrix(numbers.length, 2, Float32Array.from(values)),
    })),
);

function whole(gradient: Matrix | RowGradients): Matrix {
  if (!isOfRows(gradient)) return gradient;
  const table = matrix(ROWS, 2);
  gradient.numbers.forEach((number, i) => row(table, number).set(row(gradient.values, i)));
  return table;
}

describe('the sum of gradients of rows', () => {
  it('is that of the whole gradients, of the rows of either, in their order', () => {
    fc.assert(
      fc.property(some, some, (a, b) => {
        const [left, right] = [whole(a), whole(b)];
        const { table } = addedGradients({ table: a }, { table: b });
        expect(whole(table).data).toEqual(left.data.map((value, e) => value + right.data[e]));
        expect(isOfRows(table) && [...table.numbers]).toEqual(
          [...new Set([...a.numbers, ...b.numbers])].sort((x, y) => x - y),
        );
      }),
    );
  });

  it('with a whole gradient is whole, whichever comes first', () => {
    fc.assert(
      fc.property(some, (a) => {
        const ones = () => matrix(ROWS, 2, new Float32Array(2 * ROWS).fill(1));
        const expected = whole(a).data.map((value) => value + 1);
        expect(whole(addedGradients({ table: ones() }, { table: a }).table).data).toEqual(expected);
        expect(whole(addedGradients({ table: a }, { table: ones() }).table).data).toEqual(expected);
      }),
    );
  });
});
