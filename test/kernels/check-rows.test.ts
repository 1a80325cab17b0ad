import { describe, expect, it } from 'vitest';
import { fromRows } from '../../src/core/matrix.ts';
import { checkFiniteRows, checkRowsBetween } from '../../src/kernels/check-rows.ts';

describe('checks of whole matrices', () => {
  it('refuse what is not finite, by the row and the column it stands in', () => {
    const x = fromRows([
      [1, 2, 3],
      [4, 5, NaN],
    ]);
    expect(() => checkFiniteRows('hnsw.add', 'rows', x)).toThrow(
      new RangeError('hnsw.add: rows row 1 must be finite, got NaN in column 2'),
    );
    expect(() => checkFiniteRows('corpus.npy', 'data', fromRows([[1], [-Infinity]]), 7)).toThrow(
      new RangeError('corpus.npy: data row 8 must be finite, got -Infinity in column 0'),
    );
  });

  it('refuse what is out of bounds', () => {
    expect(() =>
      checkRowsBetween(
        'soft',
        'targets',
        fromRows([
          [0, 1],
          [1.5, 2],
        ]),
        [0, 1],
      ),
    ).toThrow(new RangeError('soft: targets row 1 must be in [0, 1], got 1.5 in column 0'));
  });

  it('let pass what is within them, no rows, and the largest numbers float32 has', () => {
    expect(() => {
      checkFiniteRows('x', 'rows', fromRows([]));
      checkFiniteRows('x', 'rows', fromRows([[3.4028234663852886e38, -3.4028234663852886e38]]));
      checkRowsBetween('x', 'rows', fromRows([[0, 1]]), [0, 1]);
    }).not.toThrow();
  });
});
