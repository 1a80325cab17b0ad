import { describe, expect, it } from 'vitest';
import { checkedError, lossDifference, neighborDifference } from '../../bench/compare.ts';
import { fromRows } from '../../src/core/matrix.ts';

const loss = (value: number, ...rows: number[][]) => ({ value, results: { anchors: fromRows(rows) } });

describe('lossDifference', () => {
  it('is relative to the largest entry of the peer and to losses above 1', () => {
    const { value, results } = lossDifference(loss(4.5, [1, -6], [0.5, 2]), loss(5, [1, -8], [0, 2]));
    expect(value).toBeCloseTo(0.1); // 0.5 of 5
    expect(results).toBeCloseTo(0.25); // 2 of 8
  });

  it('takes small losses as they are, and gradients of zero', () => {
    expect(lossDifference(loss(0.01, [0.5]), loss(0, [0]))).toEqual({ value: 0.01, results: 0.5 });
  });
});

describe('neighborDifference', () => {
  const found = (ids: number[], scores: number[]) => ({
    value: 0,
    results: { ids: fromRows([ids]), scores: fromRows([scores]) },
  });
  const peer = found([7, 3, 5], [4, 2, 1]);

  it('lets near ties stand in another order, and at the end be others', () => {
    expect(neighborDifference(found([3, 7, 9], [2, 4, 1]), peer).results).toBe(0);
  });

  it('sees the right ids with wrong scores and the right scores with wrong ids', () => {
    expect(neighborDifference(found([7, 3, 5], [4, 3, 1]), peer).results).toBe(0.25);
    // 9 is not of the peer's, so it would have to tie with the peer's last, at 1
    expect(neighborDifference(found([9, 3, 5], [4, 2, 1]), peer).results).toBe(0.75);
  });
});

describe('checkedError', () => {
  it('passes a small difference on', () => {
    expect(checkedError('supcon', 'torch', { value: 1e-6, results: 2e-6 })).toBe(2e-6);
  });

  it('refuses a value or results beyond the tolerance, and what is not a number', () => {
    expect(() => checkedError('supcon', 'torch', { value: 0.01, results: 0 })).toThrow(
      "bench: supcon: the value must be within 0.0001 of torch's, got 0.01",
    );
    expect(() => checkedError('supcon', 'torch', { value: 0, results: 0.01 })).toThrow(
      "bench: supcon: results must be within 0.0001 of torch's, got 0.01",
    );
    const broken = lossDifference(loss(1, [Number.NaN, 1]), loss(1, [1, 1]));
    expect(() => checkedError('supcon', 'torch', broken)).toThrow('got NaN');
  });
});
