import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Views } from '../../../src/core/batches.ts';
import { fromRows, gather, matrix, row } from '../../../src/core/matrix.ts';
import { barlowTwins } from '../../../src/losses/views/barlow-twins.ts';
import { vicreg } from '../../../src/losses/views/vicreg.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';

const names = ['anchors', 'positives'] as const;

function randomViews(rows: number, dim: number, seed: number): Views {
  return { anchors: gaussian(rows, dim, seed, 1), positives: gaussian(rows, dim, seed, 2) };
}

/** Columns of variance 2 (over one less than two rows) and means 2 and 4; the views are opposite in their second column. */
const byHand: Views = {
  anchors: fromRows([
    [1, 5],
    [3, 3],
  ]),
  positives: fromRows([
    [1, 3],
    [3, 5],
  ]),
};

const losses = [
  ['vicreg', vicreg({ epsilon: 0.01 })],
  ['barlowTwins', barlowTwins({ lambda: 0.5 })],
] as const;

describe.each(losses)('%s', (_, loss) => {
  it('has the slopes of its value for gradients, on any shape', () => {
    const [rows, dim] = [fc.integer({ min: 4, max: 7 }), fc.integer({ min: 1, max: 5 })];
    fc.assert(
      fc.property(rows, dim, fc.nat(), (r, d, seed) => {
        const views = randomViews(r, d, seed);
        // no column may be near the hinge of its deviation
        const deviations = [views.anchors, views.positives].flatMap((m) => deviationsOf(m));
        fc.pre(deviations.every((deviation) => Math.abs(deviation - 1) > 0.15 && deviation > 0.3));
        expectGradient(loss, views, names);
      }),
      { numRuns: 10 },
    );
  });

  it('would be told from one with an opposite gradient', () => {
    expectSignsMatter(loss, randomViews(6, 3, 5), names);
  });

  it('does not depend on the order of rows, nor on which view is which', () => {
    const views = randomViews(6, 4, 2);
    const order = [3, 1, 5, 0, 2, 4];
    const moved = loss({ anchors: gather(views.positives, order), positives: gather(views.anchors, order) });
    expectClose([moved.value], [loss(views).value], 1e-6);
    expectClose(moved.gradients.anchors.data, gather(loss(views).gradients.positives, order).data, 1e-5);
  });

  it('has terms that add up to its value', () => {
    const { value, terms = [], active } = loss(randomViews(6, 4, 2));
    expectClose([Array.from(terms).reduce((sum, term) => sum + term)], [value], 1e-6);
    expect(active).toBe(terms.length);
  });

  it('writes over what it is handed, negatives’ gradients included', () => {
    const views = { ...randomViews(5, 3, 3), negatives: gaussian(2, 3, 1) };
    const into = { anchors: noise(5, 3), positives: noise(5, 3), negatives: noise(2, 3) };
    const written = loss(views, into);
    for (const name of names) expect(written.gradients[name]).toBe(into[name]);
    expect(written.gradients.negatives).toEqual(matrix(2, 3));
    expect(written).toEqual(loss(views));
  });

  it('has a defined answer where there is little to learn from', () => {
    for (const rows of [0, 1]) {
      const { value, active, gradients } = loss(randomViews(rows, 3, 1));
      expect([value, active]).toEqual([0, 0]);
      for (const name of names) expect(gradients[name]).toEqual(matrix(rows, 3));
    }
    const nothing = loss(randomViews(3, 0, 1));
    expect([nothing.value, nothing.active]).toEqual([0, 0]);
    const same = fromRows([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    const collapsed = loss({ anchors: same, positives: same });
    expect(collapsed.value).toBeGreaterThan(0);
    for (const name of names) expect(collapsed.gradients[name]).toEqual(matrix(3, 2));
  });

  it('refuses views that do not fit one another', () => {
    expect(() => loss({ anchors: matrix(3, 2), positives: matrix(3, 1) })).toThrow(
      /positives.cols must be 2, got 1/,
    );
  });
});

function deviationsOf({ rows, cols, data }: Views['anchors']): number[] {
  return Array.from({ length: cols }, (_, k) => {
    const column = Array.from({ length: rows }, (__, i) => data[i * cols + k]);
    const mean = column.reduce((sum, value) => sum + value) / rows;
    return Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (rows - 1));
  });
}

describe('vicreg', () => {
  it('is, worked by hand, difference, lack of variance and covariance', () => {
    // differences 0, 2, 0, -2; deviations √2; the covariances are -2 and 2, each twice, over 2 columns
    const { value, terms } = vicreg({ invariance: 3, variance: 5, covariance: 7 })(byHand);
    expectClose(terms ?? [], [3 * 2, 0, 7 * (4 + 4)], 1e-6);
    expect(value).toBeCloseTo(62, 5);
    // at a tenth of the size the deviations are √0.02
    const small = vicreg({ invariance: 0, variance: 5, covariance: 0, epsilon: 0.01 });
    const tenth = (m: Views['anchors']) =>
      matrix(
        2,
        2,
        m.data.map((entry) => entry / 10),
      );
    const { value: lack } = small({ anchors: tenth(byHand.anchors), positives: tenth(byHand.positives) });
    expect(lack).toBeCloseTo(5 * (1 - Math.sqrt(0.03)), 6);
  });

  it('moves the views together and nothing else, where only their difference counts', () => {
    const { gradients } = vicreg({ invariance: 1, variance: 0, covariance: 0 })(byHand);
    expectClose(gradients.anchors.data, [0, 1, 0, -1], 1e-6);
    expectClose(gradients.positives.data, [0, -1, 0, 1], 1e-6);
  });

  it('refuses options out of their range', () => {
    expect(() => vicreg({ covariance: -1 })).toThrow(
      new RangeError('vicreg: covariance must be a finite number >= 0, got -1'),
    );
    expect(() => vicreg({ epsilon: 0 })).toThrow(
      new RangeError('vicreg: epsilon must be a finite number > 0, got 0'),
    );
  });
});

describe('barlowTwins', () => {
  it('is, worked by hand, how far correlations are from 1 and from 0', () => {
    // both views' first columns are the same, the second is the first's opposite here and the same there: C = [1 1; -1 -1]
    const { value, terms } = barlowTwins({ lambda: 0.5, epsilon: 1e-12 })(byHand);
    expectClose(terms ?? [], [0 + 4, 0.5 * (1 + 1)], 1e-5);
    expect(value).toBeCloseTo(5, 5);
  });

  it('does not see where a column begins nor, but for its epsilon, its unit', () => {
    const views = randomViews(6, 3, 4);
    const other = matrix(
      6,
      3,
      views.anchors.data.map((entry, e) => 100 * (1 + (e % 3)) * entry + 50),
    );
    expectClose([barlowTwins()({ ...views, anchors: other }).value], [barlowTwins()(views).value], 1e-4);
  });

  it('gives a column that does not vary no slope', () => {
    const views = randomViews(5, 3, 6);
    for (let i = 0; i < 5; i++) row(views.anchors, i)[1] = 2;
    const { gradients } = barlowTwins()(views);
    for (let i = 0; i < 5; i++) expect(Math.abs(row(gradients.positives, i)[0])).toBeGreaterThan(0);
    expect(gradients.anchors.data.every(Number.isFinite)).toBe(true);
  });

  it('refuses options out of their range', () => {
    expect(() => barlowTwins({ lambda: NaN })).toThrow(
      new RangeError('barlowTwins: lambda must be a finite number >= 0, got NaN'),
    );
  });
});
