import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScoredPairGradients, ScoredPairs } from '../../../src/core/batches.ts';
import { fromRows, matrix } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { lp } from '../../../src/distances/lp.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { angle } from '../../../src/losses/pairs/angle.ts';
import { coSent } from '../../../src/losses/pairs/co-sent.ts';
import { contrastivePairs } from '../../../src/losses/pairs/contrastive-pairs.ts';
import { cosineEmbedding } from '../../../src/losses/pairs/cosine-embedding.ts';
import { cosineRegression } from '../../../src/losses/pairs/cosine-regression.ts';
import { marginRanking } from '../../../src/losses/pairs/margin-ranking.ts';
import { onlineContrastive } from '../../../src/losses/pairs/online-contrastive.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';

type PairLoss = Loss<ScoredPairs, ScoredPairGradients>;

/** Cosines 0.6, 0.8 and 0; distances √0.8, 5 and √5. */
const left = fromRows([
  [1, 0],
  [0, 10],
  [0, 2],
]);
const right = fromRows([
  [0.6, 0.8],
  [3, 4],
  [1, 0],
]);
const of = (...targets: number[]): ScoredPairs => ({ left, right, targets: Float32Array.from(targets) });

/** Every loss of rows, with targets it takes, and no pair near a kink: margins beyond every distance. */
const losses: readonly (readonly [name: string, loss: PairLoss, targets: readonly number[]])[] = [
  ['cosineEmbedding', cosineEmbedding({ margin: -2 }), [1, -1]],
  ['cosineRegression', cosineRegression(), [0.3, -1.5]],
  ['contrastivePairs', contrastivePairs({ margin: 3 }), [1, 0]],
  ['contrastivePairs', contrastivePairs({ margin: 40, distance: euclidean, reduction: 'sum' }), [0.25, 1]],
  ['contrastivePairs', contrastivePairs({ margin: 40, distance: lp({ p: 3, eps: 0.25 }) }), [0, 0.5]],
  ['coSent', coSent({ scale: 3 }), [0.2, 0.7, 0.2, -1]],
  ['angle', angle({ scale: 3 }), [4, 0, 1]],
];

/** Rows of even length whose similarities are not near 0, where some losses have a kink. */
const batches = (targets: readonly number[]) =>
  fc
    .tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 1, max: 2 }), fc.nat())
    .map(([rows, half, seed]) => {
      const x = gaussian(rows, 2 * half, seed, 1);
      const moved = gaussian(rows, 2 * half, seed, 2);
      x.data.forEach((value, e) => (moved.data[e] = value + 0.4 * moved.data[e]));
      return {
        left: x,
        right: moved,
        targets: Float32Array.from({ length: rows }, (_, i) => targets[i % targets.length]),
      };
    });

/** Whole numbers, some of them equal. */
function scores(rows: number, seed: number): Float32Array {
  const { below } = random(seed, 3);
  return Float32Array.from({ length: rows }, () => below(4));
}

describe.each(losses)('%s', (name, loss, targets) => {
  it('has the slopes of its value', () => {
    // a few seeds: rows that differ, none of them near a kink
    for (const seed of [1, 2, 3]) {
      const { normal } = random(seed);
      const x = gaussian(5, 4, seed, 1);
      const y = matrix(
        5,
        4,
        x.data.map((value) => value + 0.6 * normal()),
      );
      const batch = {
        left: x,
        right: y,
        targets: Float32Array.from({ length: 5 }, (_, i) => targets[i % targets.length]),
      };
      expectGradient(loss, batch, ['left', 'right']);
      expectSignsMatter(loss, batch, ['left', 'right']);
    }
  });

  it('writes into what it is handed, and does not care in what order the pairs come', () => {
    fc.assert(
      fc.property(batches(targets), (batch) => {
        const fresh = loss(batch);
        const into = {
          left: noise(batch.left.rows, batch.left.cols),
          right: noise(batch.left.rows, batch.left.cols),
        };
        expect(loss(batch, into).gradients.left).toBe(into.left);
        expect(into).toEqual(fresh.gradients);
        const backwards = (m: typeof batch.left) =>
          fromRows(
            Array.from({ length: m.rows }, (_, i) =>
              m.data.subarray((m.rows - 1 - i) * m.cols, (m.rows - i) * m.cols),
            ),
          );
        const turned = loss({
          left: backwards(batch.left),
          right: backwards(batch.right),
          targets: batch.targets.toReversed(),
        });
        expect(turned.value).toBeCloseTo(fresh.value, 9);
        expectClose(turned.gradients.left.data, backwards(fresh.gradients.left).data, 1e-5);
      }),
      { numRuns: 25 },
    );
  });

  it('is finite of no pairs, zero rows and coinciding ones', () => {
    expect(loss({ left: matrix(0, 4), right: matrix(0, 4), targets: new Float32Array() })).toMatchObject({
      value: 0,
      active: 0,
    });
    const rows = fromRows([
      [0, 0, 0, 0],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [3e38, -3e38, 0, 0],
    ]);
    const batch = {
      left: rows,
      right: fromRows([
        [1, 0, 2, 1],
        [0, 0, 0, 0],
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ]),
      targets: Float32Array.from({ length: 4 }, (_, i) => targets[i % targets.length]),
    };
    const { gradients } = loss(batch);
    expect(
      [...gradients.left.data.subarray(0, 12), ...gradients.right.data.subarray(0, 12)].every(
        Number.isFinite,
      ),
    ).toBe(true);
  });

  it('refuses other shapes, targets that are none of its own, and what is not finite', () => {
    const good = {
      left: matrix(2, 2),
      right: matrix(2, 2),
      targets: Float32Array.from([targets[0], targets[1]]),
    };
    const refused = (bad: Partial<ScoredPairs>, sentence: string) =>
      expect(() => loss({ ...good, ...bad })).toThrow(new RangeError(`${name}: ${sentence}`));
    refused({ right: matrix(3, 2) }, 'right.rows must be 2, got 3');
    refused({ right: matrix(2, 4) }, 'right.cols must be 2, got 4');
    refused({ targets: new Float32Array(1) }, 'targets.length must be 2, got 1');
    refused(
      {
        left: fromRows([
          [0, 0],
          [0, NaN],
        ]),
      },
      'left row 1 must be finite, got NaN in column 1',
    );
    refused(
      {
        right: fromRows([
          [0, Infinity],
          [0, 0],
        ]),
      },
      'right row 0 must be finite, got Infinity in column 1',
    );
    expect(() => loss({ ...good, targets: Float32Array.of(targets[0], NaN) })).toThrow(
      /: targets\[1\] must be .*, got NaN$/,
    );
  });
});

describe('the losses of pairs, by hand', () => {
  it('cosineEmbedding is 1 less the cosine, or how far it exceeds the margin', () => {
    const { value, terms, active } = cosineEmbedding({ margin: 0.5 })(of(1, -1, -1));
    expectClose(terms ?? [], [0.4, 0.3, 0], 1e-7);
    expect(value).toBeCloseTo(0.7 / 3, 7);
    expect(active).toBe(2);
    // no slope past the margin, all of it at the margin itself
    const across = cosineEmbedding({ reduction: 'sum' })(of(-1, -1, -1));
    expectClose(across.gradients.left.data.subarray(4), [0.5, 0], 1e-7);
  });

  it('cosineRegression is the square of how far the cosine is off', () => {
    const { value, terms } = cosineRegression({ reduction: 'sum' })(of(1, 0.5, -0.5));
    expectClose(terms ?? [], [0.16, 0.09, 0.25], 1e-6);
    expect(value).toBeCloseTo(0.5, 7);
  });

  it('contrastivePairs is half of a square, of the distance or of what it lacks', () => {
    const { terms } = contrastivePairs({ margin: 3, distance: euclidean })(of(1, 0, 0));
    expectClose(terms ?? [], [0.4, 0, (3 - Math.sqrt(5)) ** 2 / 2], 1e-6);
    expectClose(contrastivePairs()(of(1, 0, 0.5)).terms ?? [], [0.08, 0.045, 0.25], 1e-6);
  });

  it('onlineContrastive takes the pairs that overlap with those of the other kind', () => {
    const row = (...values: number[]) => fromRows(values.map((value) => [value, 0]));
    const batch = {
      left: row(0, 0, 0, 0),
      right: row(1, 4, 2, 5),
      targets: Float32Array.of(1, 1, 0, 0),
    };
    // alike at 1 and 4, unlike at 2 and 5: 4 is farther than 2, and 2 nearer than 4
    const { value, terms, active, gradients } = onlineContrastive({ margin: 3, distance: euclidean })(batch);
    expectClose(terms ?? [], [0, 16, 1, 0], 1e-6);
    expect([value, active]).toEqual([17, 2]);
    expectClose(gradients.right.data, [0, 0, 8, 0, -2, 0, 0, 0], 1e-6);
    expect(onlineContrastive({ margin: 3, distance: euclidean, reduction: 'mean' })(batch).value).toBe(4.25);
    // one unlike pair alone: the alike are held against their own mean
    const lone = onlineContrastive({ margin: 3, distance: euclidean })({
      ...batch,
      targets: Float32Array.of(1, 1, 1, 0),
    });
    expectClose(lone.terms ?? [], [0, 16, 0, 0], 1e-6);
  });

  it('marginRanking is how far the order of two scores lacks the margin', () => {
    const column = (...scores: number[]) => matrix(scores.length, 1, Float32Array.from(scores));
    const batch = {
      left: column(2, 0, 1e4, 1),
      right: column(0, 2, -1e4, 0),
      targets: Float32Array.of(1, 1, -1, 1),
    };
    const { value, terms, active, gradients } = marginRanking({ margin: 1, reduction: 'sum' })(batch);
    expectClose(terms ?? [], [0, 3, 20_001, 0], 0);
    expect([value, active]).toEqual([20_004, 2]);
    expectClose(gradients.left.data, [0, -1, 1, -1], 0);
    expectClose(gradients.right.data, [0, 1, -1, 1], 0);
    const apart = { left: column(0.3, -1.5), right: column(2, 1), targets: Float32Array.of(1, -1) };
    expectGradient(marginRanking({ margin: 5 }), apart, ['left', 'right']);
    expectSignsMatter(marginRanking({ margin: 5 }), apart, ['left', 'right']);
    expect(() => marginRanking()({ left, right, targets: Float32Array.of(1, 1, 1) })).toThrow(
      new RangeError('marginRanking: left.cols must be 1, got 2'),
    );
  });
});

describe('coSent and angle', () => {
  it('coSent holds each pair against every pair of a higher target', () => {
    // cosines 0.6, 0.8 and 0: targets out of order for two of the three comparisons
    const { value } = coSent({ scale: 2 })(of(3, 1, 2));
    expect(value).toBeCloseTo(Math.log(1 + Math.exp(0.4) + Math.exp(1.6) + Math.exp(-1.2)), 6);
  });

  it('angle adds real and imaginary parts of the quotient', () => {
    const complex = (...rows: number[][]) => fromRows(rows);
    // (1 + i) / 2 has parts 0.5 and 0.5, i has 0 and 1, both over the quotient of their lengths
    const similar = angle({ scale: 1 })({
      left: complex([1, 1], [0, 3]),
      right: complex([2, 0], [1, 0]),
      targets: Float32Array.of(0, 1),
    });
    expect(similar.value).toBeCloseTo(Math.log(1 + Math.exp(Math.SQRT2 - 1)), 9);
    expect(() => angle()({ left: matrix(1, 3), right: matrix(1, 3), targets: new Float32Array(1) })).toThrow(
      new RangeError('angle: left.cols must be even, got 3'),
    );
  });

  it.each([
    ['coSent', coSent],
    ['angle', angle],
  ] as const)('%s is the sum over all comparisons, taken one by one', (_, made) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (rows, seed) => {
        const batch = {
          left: gaussian(rows, 4, seed, 1),
          right: gaussian(rows, 4, seed, 2),
          targets: scores(rows, seed),
        };
        // two at a time: log(1 + exp x) of each comparison gives x back
        let sum = 1;
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < rows; j++) {
            if (batch.targets[i] >= batch.targets[j]) continue;
            const pick = (m: typeof batch.left) =>
              fromRows([i, j].map((r) => m.data.subarray(4 * r, 4 * r + 4)));
            const two = { left: pick(batch.left), right: pick(batch.right), targets: Float32Array.of(0, 1) };
            sum += Math.expm1(made({ scale: 2 })(two).value);
          }
        }
        expect(made({ scale: 2 })(batch).value).toBeCloseTo(Math.log(sum), 9);
      }),
    );
  });

  it('are 0 where no two targets differ, and stable where exp is not', () => {
    for (const made of [coSent, angle]) {
      const same = made()(of(2, 2, 2));
      expect([same.value, same.active]).toEqual([0, 0]);
      expectClose([...same.gradients.left.data, ...same.gradients.right.data], new Float32Array(12), 0);
    }
    const { value, gradients } = coSent({ scale: 1e4 })(of(2, 1, 3));
    // 1e4 (0.8 - 0) is the largest by far
    expect(value).toBeCloseTo(8000, 2);
    expect(gradients.left.data.every(Number.isFinite)).toBe(true);
    expect(() => coSent({ scale: 0 })).toThrow(
      new RangeError('coSent: scale must be a finite number > 0, got 0'),
    );
  });
});
