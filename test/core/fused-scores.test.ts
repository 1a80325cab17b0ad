import { describe, expect, it } from 'vitest';
import { fusedScores } from '../../src/core/fused-scores.ts';

describe('fusedScores', () => {
  it('sums 1 / (k + rank) over the rankings that have a document', () => {
    const fused = fusedScores([['a', 'b', 'c'], ['c', 'a'], []]);
    expect([...fused]).toEqual([
      ['a', 1 / 61 + 1 / 62],
      ['b', 1 / 62],
      ['c', 1 / 63 + 1 / 61],
    ]);
  });

  it('lets the first ranks stand out as k falls', () => {
    const rankings = [
      ['first', 'x', 'often'],
      ['y', 'z', 'often'],
    ];
    const scores = (k: number) => fusedScores(rankings, { k });
    expect(scores(0).get('first')).toBe(1);
    expect(scores(0).get('often')).toBe(2 / 3);
    expect(scores(60).get('often')).toBeGreaterThan(scores(60).get('first') ?? 0);
  });

  it('refuses a k below 0', () => {
    expect(() => fusedScores([], { k: -1 })).toThrow(
      new RangeError('fusedScores: k must be a finite number >= 0, got -1'),
    );
  });
});
