import { describe, expect, it } from 'vitest';
import { fromRows, matrix, rowsBetween } from '../../src/core/matrix.ts';
import { centering } from '../../src/models/centering.ts';
import { expectClose, gaussian } from '../matrices.ts';

describe('centering', () => {
  it('subtracts the mean of the rows it is fitted on', () => {
    const { mean, apply } = centering([
      fromRows([
        [1, 2],
        [3, 10],
      ]),
    ]);
    expect(mean).toEqual(fromRows([[2, 6]]));
    expect(
      apply(
        fromRows([
          [2, 7],
          [0, 1],
        ]),
      ),
    ).toEqual(
      fromRows([
        [0, 1],
        [-2, -5],
      ]),
    );
  });

  it('leaves the rows it was fitted on with mean zero', () => {
    const rows = gaussian(50, 3, 1);
    expectClose(centering([centering([rows]).apply(rows)]).mean.data, [0, 0, 0], 1e-6);
  });

  it('counts each row once, however the rows are parted', () => {
    const rows = gaussian(9, 3, 2);
    const parts = [rowsBetween(rows, 0, 2), rowsBetween(rows, 2, 2), rowsBetween(rows, 2, 9)];
    expect(centering(parts).mean).toEqual(centering([rows]).mean);
  });

  it('counts no zero row, and leaves it zero', () => {
    const { mean, apply } = centering([
      fromRows([
        [0, 0],
        [4, 0],
        [0, 2],
      ]),
    ]);
    expect(mean).toEqual(fromRows([[2, 1]]));
    expect(
      apply(
        fromRows([
          [0, 0],
          [0, 1],
        ]),
      ),
    ).toEqual(
      fromRows([
        [0, 0],
        [-2, 0],
      ]),
    );
  });

  it('subtracts nothing where there was nothing to fit on', () => {
    const { mean, apply } = centering([matrix(3, 2)]);
    expect(mean).toEqual(matrix(1, 2));
    expect(apply(fromRows([[1, 2]]))).toEqual(fromRows([[1, 2]]));
  });

  it('leaves its argument as it was', () => {
    const rows = fromRows([
      [1, 2],
      [3, 10],
    ]);
    centering([rows]).apply(rows);
    expect(rows).toEqual(
      fromRows([
        [1, 2],
        [3, 10],
      ]),
    );
  });

  it('refuses rows of another width', () => {
    expect(() => centering([fromRows([[1, 2]])]).apply(matrix(1, 3))).toThrow(
      new RangeError('centering: rows.cols must be 2, got 3'),
    );
  });
});
