import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TargetGradients, Targets } from '../../../src/core/batches.ts';
import { fromRows, matrix } from '../../../src/core/matrix.ts';
import type { ElementwiseOptions } from '../../../src/losses/elementwise.ts';
import { hingeEmbedding } from '../../../src/losses/hinge/hinge-embedding.ts';
import { hinge } from '../../../src/losses/hinge/hinge.ts';
import { modifiedHuber } from '../../../src/losses/hinge/modified-huber.ts';
import { softMargin } from '../../../src/losses/hinge/soft-margin.ts';
import { squaredHinge } from '../../../src/losses/hinge/squared-hinge.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, noise } from '../../matrices.ts';

type Made = (options?: ElementwiseOptions) => Loss<Targets, TargetGradients>;

const predictions = fromRows([
  [-2, -0.5],
  [0.25, 3],
]);
const targets = fromRows([
  [1, -1],
  [1, 1],
]);

/** By hand, of those; the slopes of softMargin are logistic functions. */
const losses: readonly (readonly [name: string, made: Made, terms: number[], slopes: number[]])[] = [
  ['hinge', hinge, [3, 0.5, 0.75, 0], [-1, 1, -1, 0]],
  ['hinge', (options) => hinge({ margin: 0, ...options }), [2, 0, 0, 0], [-1, 0, 0, 0]],
  ['squaredHinge', squaredHinge, [9, 0.25, 0.5625, 0], [-6, 1, -1.5, 0]],
  [
    'squaredHinge',
    (options) => squaredHinge({ margin: 0.5, ...options }),
    [6.25, 0, 0.0625, 0],
    [-5, 0, -0.5, 0],
  ],
  ['modifiedHuber', modifiedHuber, [8, 0.25, 0.5625, 0], [-4, 1, -1.5, 0]],
  [
    'softMargin',
    softMargin,
    [2.126928, 0.474077, 0.5759394, 0.0485874],
    [-0.8807971, 0.3775407, -0.4378235, -0.0474259],
  ],
  ['hingeEmbedding', hingeEmbedding, [-2, 1.5, 0.25, 3], [1, -1, 1, 1]],
];

for (const [name, made, terms, slopes] of losses) {
  describe(`${name} of the scores -2, -0.5, 0.25 and 3`, () => {
    it('is worked by hand', () => {
      const sum = terms.reduce((total, term) => total + term, 0);
      const listed = made({ reduction: 'sum', listTerms: true })({ predictions, targets });
      expect(listed.value).toBeCloseTo(sum, 5);
      expectClose(listed.terms ?? [], terms, 1e-6);
      expectClose(listed.gradients.predictions.data, slopes, 1e-6);
      expect(listed.active).toBe(terms.filter((term) => term > 0).length);
      const mean = made()({ predictions, targets });
      expect(mean.value).toBeCloseTo(sum / 4, 5);
      expectClose(
        mean.gradients.predictions.data,
        slopes.map((slope) => slope / 4),
        1e-6,
      );
    });

    it('has the slopes of its value on any shape', () => {
      const side = fc.integer({ min: 1, max: 3 });
      fc.assert(
        fc.property(side, side, fc.nat(), (rows, cols, seed) => {
          const signs = Float32Array.from({ length: rows * (cols + 1) }, (_, e) =>
            (e * 5 + seed) % 3 === 0 ? -1 : 1,
          );
          // how far on the right side: no step of a row as long as these make meets a margin
          const sides = [-2.2, -0.3, 0.3, 1.9];
          const batch = {
            predictions: matrix(
              rows,
              cols + 1,
              signs.map((sign, e) => sign * sides[(e + seed) % 4]),
            ),
            targets: matrix(rows, cols + 1, signs),
          };
          const loss = made({ reduction: 'sum' });
          if (!loss(batch).gradients.predictions.data.some((slope) => slope !== 0)) return;
          expectGradient(loss, batch, ['predictions']);
          expectSignsMatter(loss, batch, ['predictions']);
        }),
        { numRuns: 25 },
      );
    });

    it('is 0 of no scores, and refuses labels that are not signs', () => {
      const empty = matrix(0, 3);
      expect(made()({ predictions: empty, targets: empty })).toMatchObject({ value: 0, active: 0 });
      expect(() =>
        made()({
          predictions,
          targets: fromRows([
            [1, -1],
            [0, 1],
          ]),
        }),
      ).toThrow(new RangeError(`${name}: targets row 1 must be 1 or -1, got 0 in column 0`));
      expect(() =>
        made()({
          predictions: fromRows([
            [1, 1],
            [1, NaN],
          ]),
          targets,
        }),
      ).toThrow(new RangeError(`${name}: predictions row 1 must be finite, got NaN in column 1`));
      expect(() => made()({ predictions, targets: fromRows([[1, -1]]) })).toThrow(
        new RangeError(`${name}: targets.rows must be 2, got 1`),
      );
    });

    it('is finite at ±1e4 and points the right way, and may be written over the scores', () => {
      const far = { predictions: fromRows([[1e4, -1e4]]), targets: fromRows([[-1, 1]]) };
      const fresh = made({ reduction: 'sum', listTerms: true })(far);
      expect(Number.isFinite(fresh.value)).toBe(true);
      const [up, down] = fresh.gradients.predictions.data;
      expect([Math.sign(up), Math.sign(down)]).toEqual(name === 'hingeEmbedding' ? [0, 1] : [1, -1]);
      expect(made({ reduction: 'sum', listTerms: true })(far, { predictions: far.predictions })).toEqual(
        fresh,
      );
      const into = { predictions: noise(2, 2) };
      made()({ predictions, targets }, into);
      expect(into.predictions).toEqual(made()({ predictions, targets }).gradients.predictions);
    });
  });
}

describe('hinge', () => {
  it('has all of its slope at the margin, or half of it where that is asked for', () => {
    const batch = { predictions: fromRows([[1, -1]]), targets: fromRows([[1, -1]]) };
    const slopes = (slopeAtMargin: 1 | 0.5) =>
      hinge({ slopeAtMargin, reduction: 'sum' })(batch).gradients.predictions.data;
    expect(slopes(1)).toEqual(Float32Array.of(-1, 1));
    expect(slopes(0.5)).toEqual(Float32Array.of(-0.5, 0.5));
  });

  it('is refused what it is made with', () => {
    const cases: readonly (readonly [made: () => unknown, sentence: string])[] = [
      [() => hinge({ margin: NaN }), 'hinge: margin must be a finite number, got NaN'],
      [
        () => squaredHinge({ margin: Infinity }),
        'squaredHinge: margin must be a finite number, got Infinity',
      ],
      [() => hingeEmbedding({ margin: NaN }), 'hingeEmbedding: margin must be a finite number, got NaN'],
    ];
    for (const [made, sentence] of cases) expect(made).toThrow(new RangeError(sentence));
  });
});

describe('modifiedHuber', () => {
  it('is the squared hinge up to a score of -1, and goes on from there in a straight line', () => {
    const at = (score: number) => {
      const { value, gradients } = modifiedHuber()({
        predictions: fromRows([[score]]),
        targets: fromRows([[1]]),
      });
      return [value, gradients.predictions.data[0]];
    };
    expect(at(-1)).toEqual([4, -4]);
    expect(at(-1.5)).toEqual([6, -4]);
    expect(at(-100)).toEqual([400, -4]);
  });
});

describe('softMargin', () => {
  it('keeps the small terms and slopes of scores far on the right side', () => {
    const { terms, gradients } = softMargin({ reduction: 'sum', listTerms: true })({
      predictions: fromRows([[30, -30]]),
      targets: fromRows([[1, -1]]),
    });
    // e^-30 each
    expectClose(
      (terms ?? []).map((term) => term * 1e13),
      [0.93576, 0.93576],
      1e-4,
    );
    expectClose(
      gradients.predictions.data.map((slope) => slope * 1e13),
      [-0.93576, 0.93576],
      1e-4,
    );
  });
});
