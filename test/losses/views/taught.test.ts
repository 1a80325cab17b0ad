import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, type Matrix } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { distillKl } from '../../../src/losses/views/distill-kl.ts';
import { marginMse } from '../../../src/losses/views/margin-mse.ts';
import { supConViews } from '../../../src/losses/views/sup-con-views.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian } from '../../matrices.ts';

const numbers = (count: number, seed: number): Float32Array => {
  const { normal } = random(seed, 9);
  return Float32Array.from({ length: count }, () => normal());
};

function taught(rows: number, dim: number, seed: number) {
  return {
    anchors: gaussian(rows, dim, seed, 1),
    positives: gaussian(rows, dim, seed, 2),
    negatives: gaussian(2 * rows, dim, seed, 3),
    owned: new Uint32Array(rows).fill(2),
    teacher: { positives: numbers(rows, seed), negatives: numbers(2 * rows, seed + 1) },
  };
}

const shapes = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 4 }), fc.nat(1e6));
const names = ['anchors', 'positives', 'negatives'] as const;

describe('losses with a teacher', () => {
  for (const [name, loss] of [
    ['marginMse', marginMse()],
    ['marginMse, by cosine', marginMse({ distance: cosine, reduction: 'sum' })],
    ['distillKl', distillKl({ temperature: 2 })],
    ['distillKl, by cosine', distillKl({ distance: cosine })],
  ] as const) {
    it(`${name} has the gradient of its value`, () => {
      fc.assert(
        fc.property(shapes, ([rows, dim, seed]) => expectGradient(loss, taught(rows, dim, seed), names)),
        { numRuns: 10 },
      );
      expectSignsMatter(loss, taught(3, 3, 5), names);
    });

    it(`${name} refuses a teacher that is silent`, () => {
      const batch = taught(2, 3, 1);
      const short = { ...batch, teacher: { ...batch.teacher, negatives: numbers(3, 1) } };
      expect(() => loss(short)).toThrow(/teacher.negatives.* must be 4, got 3$/);
    });
  }

  it('marginMse is, by hand, the square of what the margins differ by', () => {
    const batch = {
      anchors: fromRows([[1, 2]]),
      positives: fromRows([[3, 1]]),
      negatives: fromRows([[1, 1]]),
    };
    // 5 - 3 = 2, the teacher's 1.5
    expect(marginMse()({ ...batch, teacher: { margins: Float32Array.of(1.5) } }).value).toBeCloseTo(0.25, 6);
    const scores = { positives: Float32Array.of(4), negatives: Float32Array.of(2.5) };
    expect(marginMse()({ ...batch, teacher: scores }).value).toBeCloseTo(0.25, 6);
  });

  it('distillKl is 0 where student and teacher agree, and by hand elsewhere', () => {
    const batch = {
      anchors: fromRows([[1, 0]]),
      positives: fromRows([[Math.log(3), 0]]),
      negatives: fromRows([[0, 1]]),
    };
    const teacher = { positives: Float32Array.of(Math.log(3)), negatives: Float32Array.of(0) };
    expect(distillKl()({ ...batch, teacher }).value).toBeCloseTo(0, 6);
    // the teacher's shares are even, the student's 3/4 and 1/4
    const even = { positives: Float32Array.of(0), negatives: Float32Array.of(0) };
    const due = 0.5 * Math.log(0.5 / 0.75) + 0.5 * Math.log(0.5 / 0.25);
    expect(distillKl()({ ...batch, teacher: even }).value).toBeCloseTo(due, 6);
  });
});

describe('supConViews', () => {
  const embeddings: Matrix = gaussian(12, 3, 4);

  it('has the gradient of its value, labelled or not, all views anchors or the first', () => {
    for (const anchors of ['all', 'first'] as const) {
      const loss = supConViews({ temperature: 0.5, baseTemperature: 0.2, anchors });
      for (const views of [2, 3]) {
        expectGradient(loss, { embeddings, views }, ['embeddings']);
        const labels = Int32Array.from({ length: 12 / views }, (_, i) => i % 2);
        expectGradient(loss, { embeddings, views, labels }, ['embeddings']);
        expectSignsMatter(loss, { embeddings, views, labels }, ['embeddings']);
      }
    }
  });

  it('is, by hand, log of the sum over all others less the positive', () => {
    // two items of two views: first views e1, e2, second views (0.6, 0.8), (0.8, 0.6)
    const rows = fromRows([
      [1, 0],
      [0, 1],
      [0.6, 0.8],
      [0.8, 0.6],
    ]);
    const terms = [
      Math.log(Math.exp(0) + Math.exp(0.6) + Math.exp(0.8)) - 0.6,
      Math.log(Math.exp(0) + Math.exp(0.8) + Math.exp(0.6)) - 0.6,
      Math.log(Math.exp(0.6) + Math.exp(0.8) + Math.exp(0.96)) - 0.6,
      Math.log(Math.exp(0.8) + Math.exp(0.6) + Math.exp(0.96)) - 0.6,
    ];
    const { value } = supConViews({ temperature: 1 })({ embeddings: rows, views: 2 });
    expect(value).toBeCloseTo(terms.reduce((sum, term) => sum + term, 0) / 4, 6);
    const half = supConViews({ temperature: 1, baseTemperature: 2 })({ embeddings: rows, views: 2 });
    expectClose([half.value], [value / 2]);
  });

  it('refuses views that do not divide the rows', () => {
    expect(() => supConViews()({ embeddings, views: 5 })).toThrow(/^supConViews: .*5/);
  });
});
