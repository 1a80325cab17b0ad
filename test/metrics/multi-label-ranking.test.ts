import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, type Matrix } from '../../src/core/matrix.ts';
import { mean } from '../../src/metrics/mean.ts';
import {
  coverageError,
  labelRankingAveragePrecision,
  labelRankingLoss,
} from '../../src/metrics/multi-label-ranking.ts';

const measures = [labelRankingAveragePrecision, coverageError, labelRankingLoss] as const;

function of(scores: number[][], labels: number[][]): number[][] {
  const given: [Matrix, Matrix] = [fromRows(scores), fromRows(labels)];
  return measures.map((measure) => [...measure(...given)]);
}

describe('measures of several labels a row', () => {
  it("are what scikit-learn's user guide prints (section 3.4.3, multilabel ranking metrics)", () => {
    const scores = fromRows([[0.75, 0.5, 1], [1, 0.2, 0.1]]); // prettier-ignore
    const labels = fromRows([[1, 0, 0], [0, 0, 1]]); // prettier-ignore
    expect(mean(labelRankingAveragePrecision(scores, labels))).toBeCloseTo(0.416, 2);
    expect(mean(coverageError(scores, labels))).toBe(2.5);
    expect(mean(labelRankingLoss(scores, labels))).toBe(0.75);
  });

  it('count equal scores against the labels', () => {
    expect(of([[1, 1, 0]], [[1, 0, 0]])).toEqual([[0.5], [2], [0.5]]);
  });

  it('have nothing to rank in a row with no label or with all', () => {
    expect(of([[1, 2], [1, 2]], [[0, 0], [1, 1]])).toEqual([[1, 1], [0, 2], [0, 0]]); // prettier-ignore
  });

  it('are what looking at every pair of classes gives', () => {
    const classes = fc.array(
      fc.record({ score: fc.integer({ min: 0, max: 5 }), label: fc.integer({ min: 0, max: 1 }) }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(classes, (some) => {
        const all = [...some, { score: 2, label: 1 }, { score: 3, label: 0 }];
        const [own, others] = [1, 0].map((which) =>
          all.filter(({ label }) => label === which).map(({ score }) => score),
        );
        const above = (scores: number[], score: number) => scores.filter((each) => each >= score).length;
        const shares = own.map((score) => above(own, score) / above([...own, ...others], score));
        const lowest = Math.min(...own);
        const wrong = own.flatMap((score) => others.filter((other) => other >= score)).length;
        const [[lrap], [coverage], [loss]] = of(
          [all.map(({ score }) => score)],
          [all.map(({ label }) => label)],
        );
        expect(lrap).toBeCloseTo(mean(shares), 12);
        expect(coverage).toBe(above([...own, ...others], lowest));
        expect(loss).toBeCloseTo(wrong / (own.length * others.length), 12);
      }),
    );
  });

  it('refuse labels that are neither 0 nor 1', () => {
    expect(() => of([[1]], [[2]])).toThrow(
      new RangeError('labelRankingAveragePrecision: labels[0] must be 0 or 1, got 2'),
    );
  });
});
