import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../../src/core/matrix.ts';
import { ntXent } from '../../../src/losses/labelled/nt-xent.ts';
import { supCon } from '../../../src/losses/labelled/sup-con.ts';
import { supConViews } from '../../../src/losses/views/sup-con-views.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian } from '../../matrices.ts';

const shapes = fc.record({
  items: fc.integer({ min: 2, max: 5 }),
  views: fc.integer({ min: 2, max: 3 }),
  seed: fc.nat(),
});

describe('supConViews', () => {
  it('is log of what an anchor meets over its other views: by hand', () => {
    // 2 · 1 and 0 of each first view to its own and the other's second, 0 between first views
    const embeddings = fromRows([
      [1, 0],
      [0, 1],
      [2, 0],
      [0, 2],
    ]);
    const loss = supConViews({ temperature: 1, similarity: 'dot', anchors: 'first' });
    const { value, terms, active } = loss({ embeddings, views: 2 });
    expectClose(terms ?? [], [Math.log(1 + 2 * Math.exp(-2)), Math.log(1 + 2 * Math.exp(-2))]);
    expect(value).toBeCloseTo(0.23954479, 6);
    expect(active).toBe(2);
    // half of it at twice the base temperature
    const half = supConViews({ temperature: 1, baseTemperature: 2, similarity: 'dot', anchors: 'first' });
    expect(half({ embeddings, views: 2 }).value).toBeCloseTo(0.11977239, 6);
  });

  it('of labels is supCon, and of two views without them NT-Xent', () => {
    const embeddings = gaussian(8, 3, 1);
    const labels = Int32Array.of(0, 1, 0, 2);
    const ours = supConViews({ temperature: 0.2 })({ embeddings, views: 2, labels });
    const theirs = supCon({ temperature: 0.2 })({ embeddings, labels: Int32Array.of(...labels, ...labels) });
    expect(ours.value).toBeCloseTo(theirs.value, 6);
    expectClose(ours.gradients.embeddings.data, theirs.gradients.embeddings.data, 1e-6);
    const items = Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3);
    const alone = supConViews({ temperature: 0.2 })({ embeddings, views: 2 });
    expect(alone.value).toBeCloseTo(ntXent({ temperature: 0.2 })({ embeddings, labels: items }).value, 6);
  });

  it('has the slopes of its value, which would be told from their opposites', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom('all', 'first'),
        fc.constantFrom('cosine', 'dot'),
        ({ items, views, seed }, anchors, similarity) => {
          const loss = supConViews({ temperature: 0.8, baseTemperature: 0.5, anchors, similarity });
          const batch = {
            embeddings: gaussian(items * views, 3, seed),
            views,
            labels: new Int32Array(items).map((_, i) => i % 3),
          };
          expectGradient(loss, batch, ['embeddings']);
          expectSignsMatter(loss, batch, ['embeddings']);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('counts anchors without a positive in its mean', () => {
    const embeddings = gaussian(3, 3, 2);
    const labels = Int32Array.of(1, 1, 2);
    const ours = supConViews({ temperature: 0.5 })({ embeddings, views: 1, labels });
    expect(ours.value).toBeCloseTo((supCon({ temperature: 0.5 })({ embeddings, labels }).value * 2) / 3, 6);
    const none = supConViews()({ embeddings, views: 1 });
    expect([none.value, none.active]).toEqual([0, 0]);
    expectClose(none.gradients.embeddings.data, new Float32Array(9), 0);
    expect(supConViews()({ embeddings: matrix(0, 3), views: 2 })).toMatchObject({ value: 0, active: 0 });
  });

  it('refuses rows that are no whole number of items, and labels of others', () => {
    const embeddings = gaussian(5, 3, 1);
    expect(() => supConViews()({ embeddings, views: 2 })).toThrow(
      new RangeError('supConViews: embeddings.rows must be a multiple of views, 2, got 5'),
    );
    expect(() => supConViews()({ embeddings, views: 5, labels: Int32Array.of(1, 2) })).toThrow(
      new RangeError('supConViews: labels.length must be 1, got 2'),
    );
    expect(() => supConViews({ baseTemperature: 0 })).toThrow(
      new RangeError('supConViews: baseTemperature must be a finite number > 0, got 0'),
    );
  });
});
