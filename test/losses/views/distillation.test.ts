import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Taught, TeacherScores } from '../../../src/core/batches.ts';
import { fromRows, matrix } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { dot } from '../../../src/distances/dot.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { distillKl } from '../../../src/losses/views/distill-kl.ts';
import { marginMse } from '../../../src/losses/views/margin-mse.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';
import { ownedViews } from './random-views.ts';

const names = ['anchors', 'positives', 'negatives'] as const;

function randomTaught(owned: readonly number[], dim: number, seed: number) {
  const extra = owned.reduce((sum, count) => sum + count, 0);
  return {
    ...ownedViews({ owned, dim, seed }),
    teacher: {
      positives: gaussian(owned.length, 1, seed, 4).data,
      negatives: gaussian(extra, 1, seed, 5).data,
    },
  };
}

const batches = fc
  .record({
    owned: fc
      .array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 })
      .filter((owned) => owned.some(Boolean)),
    dim: fc.integer({ min: 2, max: 5 }),
    seed: fc.nat(),
  })
  .map(({ owned, dim, seed }) => randomTaught(owned, dim, seed));

/** One anchor: its positive scores 11 by inner product, its negatives 5 and 4. */
const byHand: Taught<TeacherScores> = {
  anchors: fromRows([[1, 2]]),
  positives: fromRows([[3, 4]]),
  negatives: fromRows([
    [1, 2],
    [4, 0],
  ]),
  owned: Uint32Array.of(2),
  teacher: { positives: Float32Array.of(9), negatives: Float32Array.of(1, 5) },
};

const losses = [
  ['marginMse by inner product', marginMse()],
  ['marginMse by cosine', marginMse({ distance: cosine, reduction: 'sum' })],
  ['marginMse by euclidean distance', marginMse({ distance: euclidean })],
  ['distillKl by inner product', distillKl({ temperature: 2 })],
  ['distillKl by cosine', distillKl({ temperature: 0.5, distance: cosine, reduction: 'sum' })],
] as const;

describe.each(losses)('%s', (_, loss) => {
  it('has the slopes of its value for gradients, on any shape', () => {
    fc.assert(
      fc.property(batches, (batch) => expectGradient(loss, batch, names)),
      { numRuns: 10 },
    );
  });

  it('would be told from one with an opposite gradient', () => {
    expectSignsMatter(loss, randomTaught([2, 1], 3, 1), names);
  });

  it('writes over what it is handed, with the numbers that fresh matrices get', () => {
    const batch = randomTaught([2, 0, 1], 3, 2);
    const into = { anchors: noise(3, 3), positives: noise(3, 3), negatives: noise(3, 3) };
    const written = loss(batch, into);
    for (const name of names) expect(written.gradients[name]).toBe(into[name]);
    expect(written).toEqual(loss(batch));
  });

  it('is 0 with zero gradients where there are no negatives, or no rows', () => {
    for (const rows of [0, 2]) {
      const [anchors, positives] = [gaussian(rows, 3, 1), gaussian(rows, 3, 2)];
      const teacher = { positives: new Float32Array(rows).fill(7), negatives: new Float32Array() };
      for (const negatives of [undefined, matrix(0, 3)]) {
        const owned = negatives && new Uint32Array(rows);
        const { value, active, gradients } = loss({ anchors, positives, negatives, owned, teacher });
        expect([value, active]).toEqual([0, 0]);
        expect([gradients.anchors, gradients.positives]).toEqual([matrix(rows, 3), matrix(rows, 3)]);
      }
    }
  });

  it('refuses a teacher that has not one finite number for each row', () => {
    const { teacher, ...batch } = randomTaught([2, 1], 3, 1);
    expect(() => loss({ ...batch, teacher: { ...teacher, negatives: new Float32Array(2) } })).toThrow(
      /teacher.negatives.length must be 3, got 2/,
    );
    expect(() => loss({ ...batch, teacher: { ...teacher, positives: Float32Array.of(1, NaN) } })).toThrow(
      /teacher.positives row 1 must be finite, got NaN/,
    );
  });
});

describe('marginMse', () => {
  it('squares how far the student’s margins are from the teacher’s, worked by hand', () => {
    // margins 6 and 7 by inner product, 8 and 4 by the teacher
    const { value, terms, active, gradients } = marginMse()(byHand);
    expectClose(terms ?? [], [4, 9], 0);
    expect([value, active]).toEqual([6.5, 2]);
    // mean slopes by the margins: -2 and 3
    expectClose(gradients.positives.data, [1, 2], 1e-6);
    expectClose(gradients.negatives?.data ?? [], [2, 4, -3, -6], 1e-6);
    expectClose(gradients.anchors.data, [-2 * (3 - 1) + 3 * (3 - 4), -2 * (4 - 2) + 3 * 4], 1e-6);
  });

  it('takes margins where scores are not known', () => {
    const margins = Float32Array.of(8, 4);
    expect(marginMse()({ ...byHand, teacher: { margins } })).toEqual(marginMse()(byHand));
    expect(() => marginMse()({ ...byHand, teacher: { margins: Float32Array.of(1) } })).toThrow(
      new RangeError('marginMse: teacher.margins.length must be 2, got 1'),
    );
  });

  it('is 0 where the student agrees, by whatever distance', () => {
    const teacher = { positives: Float32Array.of(11), negatives: Float32Array.of(5, 4) };
    const { value, active } = marginMse({ distance: dot })({ ...byHand, teacher });
    expect([value, active]).toEqual([0, 0]);
  });
});

describe('distillKl', () => {
  it('is the divergence of the student’s softmax from the teacher’s, worked by hand', () => {
    const [t, s] = [
      [9, 1, 5],
      [11, 5, 4],
    ].map((scores) => {
      const parts = scores.map((score) => Math.exp(score / 4));
      const sum = parts.reduce((total, part) => total + part);
      return parts.map((part) => part / sum);
    });
    const divergence = t.reduce((sum, share, j) => sum + share * Math.log(share / s[j]), 0);
    const { value, active, gradients } = distillKl({ temperature: 4 })(byHand);
    expect(value).toBeCloseTo(16 * divergence, 6);
    expect(active).toBe(1);
    // the slope along the positive's score is 4 (s - t), and along the positive that times the anchor
    expectClose(gradients.positives.data, [4 * (s[0] - t[0]), 8 * (s[0] - t[0])], 1e-6);
  });

  it('is 0 where the scores differ by a constant', () => {
    const teacher = { positives: Float32Array.of(111), negatives: Float32Array.of(105, 104) };
    const { value, gradients } = distillKl()({ ...byHand, teacher });
    expect(value).toBeCloseTo(0, 12);
    expectClose(gradients.anchors.data, [0, 0], 1e-6);
  });

  it('is finite at scores of 1e4', () => {
    const teacher = { positives: Float32Array.of(-1e4), negatives: Float32Array.of(1e4, 0) };
    const { value, gradients } = distillKl()({ ...byHand, teacher });
    // all of the teacher's share is at a score of 5, beside one of 11
    expect(value).toBeCloseTo(Math.log(Math.exp(6) + 1 + Math.exp(-1)), 6);
    expectClose(gradients.negatives?.data.subarray(0, 2) ?? [], [-1, -2], 1e-2);
  });

  it('refuses a temperature that is none', () => {
    expect(() => distillKl({ temperature: 0 })).toThrow(
      new RangeError('distillKl: temperature must be a finite number > 0, got 0'),
    );
  });
});
