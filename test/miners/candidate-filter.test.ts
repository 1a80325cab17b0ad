import { describe, expect, it } from 'vitest';
import { type CandidateFilter, candidateFilter, type Candidates } from '../../src/miners/candidate-filter.ts';

/** Candidates 1, 2, 3 … of these scores, in ranks from `first` on. */
function candidates(scores: readonly number[], more: Partial<Candidates> = {}, first = 1): Candidates {
  return {
    ids: Uint32Array.from(scores, (_, c) => c + 1),
    scores: Float64Array.from(scores),
    ranks: Uint32Array.from(scores, (_, c) => first + c),
    ...more,
  };
}

const verdicts = (filter: CandidateFilter, scores: readonly number[], positiveScore = 0.8, more = {}) =>
  candidateFilter('test', { relativeMargin: 'none', ...filter }).verdicts(
    { positive: 99, positiveScore },
    candidates(scores, more),
  );

describe('candidateFilter', () => {
  it.each([
    // 0.8 - 0.1; 0.8 - 0.8 / 4 (binary fractions, so that a tie is one)
    [{ absoluteMargin: 0.25 }, [0.6, 0.5, 0.25], ['absolute-margin', 'kept', 'kept'], 0.75],
    [
      { relativeMargin: 0.25 },
      [0.8, 0.6, 0.5625, 0.5],
      ['relative-margin', 'relative-margin', 'kept', 'kept'],
      0.75,
    ],
    [{ maxScore: 0.5 }, [0.75, 0.5, 0.25], ['max-score', 'kept', 'kept'], 0.75],
    [{ minScore: 0.5 }, [0.75, 0.5, 0.25], ['kept', 'kept', 'min-score'], 0.75],
    [{ rangeMin: 1, rangeMax: 2 }, [0.75, 0.5, 0.25], ['range-min', 'kept', 'range-max'], 0.75],
    // -0.5 - 0.5 / 4, where 1 - 1/4 of it would be nearer than the positive
    [{ relativeMargin: 0.25 }, [-0.5, -0.6, -0.625], ['relative-margin', 'relative-margin', 'kept'], -0.5],
    [{ relativeMargin: 0.25 }, [0, -0.1], ['kept', 'kept'], 0],
    // below 0 a margin lets nearer ones in
    [{ absoluteMargin: -0.25 }, [1.5, 1], ['absolute-margin', 'kept'], 0.75],
  ] as const)('%j of %j is %j beside a positive of %d', (filter, scores, expected, positive) => {
    expect(verdicts(filter, scores, positive)).toEqual(expected);
  });

  it('names the first filter that says no, ranks before margins and margins before limits', () => {
    const all = { rangeMin: 1, absoluteMargin: 0.1, relativeMargin: 0.5, maxScore: 0.3, minScore: 0.2 };
    expect(verdicts(all, [0.9, 0.75, 0.5, 0.35, 0.25, 0.1])).toEqual([
      'range-min',
      'absolute-margin',
      'relative-margin',
      'max-score',
      'kept',
      'min-score',
    ]);
  });

  it('passes over what is right before anything else, whatever its rank', () => {
    const query = { positive: 2, positiveScore: 0.8, known: [4], label: 7 };
    const { verdicts } = candidateFilter('test', { rangeMin: 1, relativeMargin: 'none' });
    const list = candidates([0.9, 0.8, 0.7, 0.6, 0.5], {
      ranks: Uint32Array.of(1, 0, 0, 0, 2),
      classes: Int32Array.of(1, 7, 7, 7, 1),
    });
    expect(verdicts(query, list)).toEqual(['range-min', 'positive', 'same-class', 'known', 'kept']);
    const keeping = candidateFilter('test', { sameClass: 'keep', relativeMargin: 'none' });
    const ranked = { ...list, ranks: Uint32Array.of(1, 0, 2, 0, 3) };
    expect(keeping.verdicts(query, ranked)[2]).toBe('kept');
  });

  it('counts what the other filters leave where ranks are filtered', () => {
    const filter = { rank: 'filtered', relativeMargin: 0.05, rangeMin: 1, rangeMax: 3 } as const;
    // the margin leaves what is at most 0.874; of those the first is skipped and two are kept
    expect(verdicts(filter, [0.95, 0.93, 0.9, 0.8, 0.7, 0.6, 0.5], 0.92)).toEqual([
      'relative-margin',
      'relative-margin',
      'relative-margin',
      'range-min',
      'kept',
      'kept',
      'range-max',
    ]);
  });

  it('asks the guide, by a difference or by a share of what it says of the positive', () => {
    const guided = (guideMargin: CandidateFilter['guideMargin'], guideScore: number) =>
      candidateFilter('test', { relativeMargin: 'none', guideMargin }).verdicts(
        { positive: 99, positiveScore: 0, guideScore },
        candidates([0.9, 0.8, 0.7], { guideScores: Float64Array.of(0.5, 0.375, 0.25) }),
      );
    expect(guided({}, 0.375)).toEqual(['guide', 'kept', 'kept']);
    expect(guided({ margin: 0.125 }, 0.375)).toEqual(['guide', 'guide', 'kept']);
    expect(guided({ margin: 0.25, strategy: 'relative' }, 0.5)).toEqual(['guide', 'kept', 'kept']);
    expect(guided({ margin: 0.5, strategy: 'relative' }, -0.5)).toEqual(['guide', 'guide', 'guide']);
  });

  it('says the most a candidate may score', () => {
    const ceiling = (filter: CandidateFilter, positive: number) =>
      candidateFilter('test', filter).ceiling(positive);
    expect(ceiling({}, 0.5)).toBeCloseTo(0.475, 12);
    expect(ceiling({ relativeMargin: 'none' }, 0.5)).toBe(Infinity);
    expect(ceiling({ absoluteMargin: 0.25, maxScore: 0.5 }, 0.5)).toBe(0.25);
    expect(ceiling({ relativeMargin: 0, maxScore: 0.25 }, 0.5)).toBe(0.25);
  });
});
