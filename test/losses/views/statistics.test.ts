import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ViewGradients, Views } from '../../../src/core/batches.ts';
import { fromRows, matrix, type Matrix } from '../../../src/core/matrix.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { barlowTwins } from '../../../src/losses/views/barlow-twins.ts';
import { megaBatchMargin } from '../../../src/losses/views/mega-batch-margin.ts';
import { uniformity } from '../../../src/losses/views/uniformity.ts';
import { vicreg } from '../../../src/losses/views/vicreg.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, scaled } from '../../matrices.ts';

const losses: readonly (readonly [name: string, loss: Loss<Views, ViewGradients>])[] = [
  ['barlowTwins', barlowTwins({ lambda: 0.3 })],
  // all spreads below 1 and all above: no column is near the hinge
  ['vicreg', vicreg({ invariance: 2, variance: 3, covariance: 1.5 })],
  ['megaBatchMargin', megaBatchMargin({ positiveMargin: 2, negativeMargin: -2 })],
];

function views(rows: number, dim: number, seed: number, size = 1): Views {
  const anchors = scaled(gaussian(rows, dim, seed, 1), size);
  const moved = scaled(gaussian(rows, dim, seed, 2), 0.5 * size);
  anchors.data.forEach((value, e) => (moved.data[e] += value));
  return { anchors, positives: moved };
}

const shapes = fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 2, max: 4 }), fc.nat());

describe('losses of the statistics of two views', () => {
  for (const [name, loss] of losses) {
    it(`${name} has the gradient of its value`, () => {
      fc.assert(
        fc.property(shapes, fc.constantFrom(0.3, 4), ([rows, dim, seed], size) => {
          expectGradient(loss, views(rows, dim, seed, size), ['anchors', 'positives']);
        }),
        { numRuns: 12 },
      );
      expectSignsMatter(loss, views(5, 3, 1), ['anchors', 'positives']);
    });

    it(`${name} has a defined answer where there is little to learn from`, () => {
      const same = (rows: number, value: number): Matrix =>
        matrix(rows, 3, new Float32Array(3 * rows).fill(value));
      for (const rows of [0, 1, 4]) {
        for (const value of [0, 1, 1e4]) {
          const found = loss({ anchors: same(rows, value), positives: same(rows, value) });
          expect(Number.isFinite(found.value)).toBe(true);
          expect(found.gradients.anchors.data.every(Number.isFinite)).toBe(true);
          if (rows === 0) expect([found.value, found.active]).toEqual([0, 0]);
        }
      }
    });

    it(`${name} refuses in one sentence what does not fit`, () => {
      const { anchors } = views(3, 2, 1);
      expect(() => loss({ anchors, positives: gaussian(4, 2, 1) })).toThrow(
        new RangeError(`${name}: positives.rows must be 3, got 4`),
      );
    });
  }

  it('barlowTwins is, by hand, of the correlations of columns', () => {
    // the second view is the first with its columns exchanged: correlations 0 with itself, 1 with the other
    const anchors = fromRows([
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ]);
    const positives = fromRows([
      [1, 1],
      [-1, 1],
      [1, -1],
      [-1, -1],
    ]);
    const { value, terms } = barlowTwins({ lambda: 0.5, epsilon: 1e-12 })({ anchors, positives });
    expectClose(terms ?? [], [2, 1]);
    expect(value).toBeCloseTo(3, 5);
  });

  it('vicreg is, by hand, of differences, spreads and covariances', () => {
    // variances 4/3 · 0.25 = 1/3, covariance 1/3 in the first view; the second does not vary
    const anchors = fromRows([
      [0.5, 0.5],
      [0.5, 0.5],
      [-0.5, -0.5],
      [-0.5, -0.5],
    ]);
    const { terms } = vicreg({ epsilon: 1e-8 })({ anchors, positives: matrix(4, 2) });
    const spread = (1 - Math.sqrt(1 / 3 + 1e-8) + 1 - 1e-4) / 2;
    expectClose(terms ?? [], [25 * 0.25, 25 * spread, 2 / 9 / 2]);
  });

  it('megaBatchMargin sets each positive against the nearest of the others', () => {
    const anchors = fromRows([
      [1, 0],
      [0, 1],
    ]);
    const positives = fromRows([
      [0.6, 0.8],
      [0.8, 0.6],
    ]);
    const { value, terms } = megaBatchMargin()({ anchors, positives });
    expectClose(terms ?? [], [0.2 + 0.5, 0.2 + 0.5]);
    expect(value).toBeCloseTo(0.7, 6);
  });

  it('megaBatchMargin leaves out items of equal ids', () => {
    const { anchors, positives } = views(2, 3, 4);
    const { terms } = megaBatchMargin({ positiveMargin: 2 })({
      anchors,
      positives,
      ids: Uint32Array.of(7, 7),
    });
    const { terms: alone } = megaBatchMargin({ positiveMargin: 2, negativeMargin: 5 })({
      anchors,
      positives,
    });
    expectClose(terms ?? [], alone ?? []);
  });
});

describe('uniformity', () => {
  it('is the logarithm of a mean over pairs', () => {
    const embeddings = fromRows([
      [1, 0],
      [0, 1],
      [-1, 0],
    ]);
    // squared distances 2, 4, 2
    const due = Math.log((Math.exp(-4) + Math.exp(-8) + Math.exp(-4)) / 3);
    expect(uniformity()({ embeddings }).value).toBeCloseTo(due, 5);
    expect(uniformity()({ embeddings }).active).toBe(3);
  });

  it('has the gradient of its value, blocks of rows included', () => {
    const loss = uniformity({ t: 0.7 });
    fc.assert(
      fc.property(shapes, ([rows, dim, seed]) =>
        expectGradient(loss, { embeddings: gaussian(rows, dim, seed) }, ['embeddings']),
      ),
      { numRuns: 10 },
    );
    expectSignsMatter(loss, { embeddings: gaussian(5, 3, 2) }, ['embeddings']);
    // of many rows the gradient of a shift of all is 0
    const { gradients } = loss({ embeddings: gaussian(300, 2, 3) });
    const total = gradients.embeddings.data.reduce((sum, slope, e) => sum + (e % 2 === 0 ? slope : 0), 0);
    expect(Math.abs(total)).toBeLessThan(1e-4);
  });

  it('has no pair of fewer than two rows, and stays finite', () => {
    for (const rows of [0, 1]) {
      const { value, active, gradients } = uniformity()({ embeddings: gaussian(rows, 3, 1) });
      expect([value, active]).toEqual([0, 0]);
      expect(gradients.embeddings.data.every((slope) => slope === 0)).toBe(true);
    }
    const far = uniformity()({ embeddings: scaled(gaussian(4, 3, 1), 1e4) });
    expect(Number.isFinite(far.value)).toBe(true);
  });
});
