import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Views } from '../../../src/core/batches.ts';
import { fromRows, gather, matrix, row } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { dot } from '../../../src/distances/dot.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { lp } from '../../../src/distances/lp.ts';
import { squaredEuclidean } from '../../../src/distances/squared-euclidean.ts';
import { tripletRows } from '../../../src/losses/views/triplet-rows.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, noise, scaled } from '../../matrices.ts';
import { ownedViews } from './random-views.ts';

const names = ['anchors', 'positives', 'negatives'] as const;
const distances = [cosine, dot, euclidean, squaredEuclidean];

/** The anchor of each negative. */
function ownersOf(owned: Uint32Array): number[] {
  return Array.from(owned).flatMap((count, i) => Array<number>(count).fill(i));
}

const shapes = fc.record({
  owned: fc
    .array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 })
    .filter((owned) => owned.some(Boolean)),
  dim: fc.integer({ min: 3, max: 5 }),
  seed: fc.nat(),
});

describe('tripletRows, by hand', () => {
  it('counts how far each negative intrudes on the margin', () => {
    // d(a, p) = 0.4; the first negative is at 1, satisfied by 0.4; the second at 0.2, violated by 0.4 - 0.2 + 0.2
    const { value, terms, active } = tripletRows({ margin: 0.2 })({
      anchors: fromRows([[1, 0]]),
      positives: fromRows([[0.6, 0.8]]),
      negatives: fromRows([
        [0, 1],
        [0.8, 0.6],
      ]),
      owned: Uint32Array.of(2),
    });
    expectClose(terms ?? [], [0, 0.4], 1e-6);
    expect(value).toBeCloseTo(0.2, 6);
    expect(active).toBe(1);
  });

  it('measures by the distance it is given', () => {
    // the positive is at 5 and the negative at 2 from the anchor; by inner product they are at -10 and -4
    const views = {
      anchors: fromRows([[1, 2]]),
      positives: fromRows([[4, 6]]),
      negatives: fromRows([[1, 4]]),
    };
    expect(tripletRows({ margin: 1, distance: euclidean })(views).value).toBe(4);
    expect(tripletRows({ margin: 1, distance: squaredEuclidean })(views).value).toBe(22);
    // 4 + 12 = 16 and 1 + 8 = 9
    expect(tripletRows({ margin: 10, distance: dot })(views).value).toBe(3);
  });

  it('pulls the positive in, pushes the negative out, and moves the anchor by both', () => {
    const views = {
      anchors: fromRows([[1, 2]]),
      positives: fromRows([[4, 6]]),
      negatives: fromRows([[1, 4]]),
    };
    // unit vectors: (0.6, 0.8) from the anchor to the positive, (0, 1) to the negative
    const { gradients } = tripletRows({ margin: 1, distance: euclidean })(views);
    expectClose(gradients.positives.data, [0.6, 0.8], 1e-7);
    expectClose(gradients.negatives?.data ?? [], [0, -1], 1e-7);
    expectClose(gradients.anchors.data, [-0.6, 0.2], 1e-7);
  });

  it('divides a mean by all triplets, satisfied ones included', () => {
    const views = ownedViews({ owned: [2, 1, 4], dim: 3, seed: 1 });
    const [sum, mean] = [tripletRows({ reduction: 'sum' })(views), tripletRows()(views)];
    expect(sum.active).toBeGreaterThan(0);
    expect(sum.active).toBeLessThan(7);
    expect(mean.value).toBeCloseTo(sum.value / 7, 12);
    expectClose(mean.gradients.anchors.data, scaled(sum.gradients.anchors, 1 / 7).data, 1e-6);
  });
});

describe('tripletRows, gradients', () => {
  const views = ownedViews({ owned: [2, 1, 4], dim: 3, seed: 8 });
  for (const distance of distances) {
    const loss = tripletRows({ margin: 1.5, distance });
    it(`are the slopes of the value, by ${distance.name}`, () => expectGradient(loss, views, names));
    it(`would be told from their opposites, by ${distance.name}`, () =>
      expectSignsMatter(loss, views, names));
  }

  it('are the slopes of the value on any shape', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(...distances), (shape, distance) => {
        // far from every hinge
        expectGradient(tripletRows({ margin: 1000, distance, reduction: 'sum' }), ownedViews(shape), names);
      }),
      { numRuns: 25 },
    );
  });

  it('are at right angles to each embedding by cosine, which ignores length', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const random = ownedViews(shape);
        const { gradients } = tripletRows({ margin: 1, reduction: 'sum' })(random);
        for (const name of names) {
          const slopes = gradients[name] ?? matrix(0, shape.dim);
          for (let i = 0; i < slopes.rows; i++) {
            const along = row(slopes, i).reduce((sum, slope, k) => sum + slope * row(random[name], i)[k], 0);
            expect(Math.abs(along)).toBeLessThan(1e-5);
          }
        }
      }),
    );
  });

  it('add to nothing by a distance that only differences enter, since moving all rows changes nothing', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(euclidean, squaredEuclidean), (shape, distance) => {
        const { gradients } = tripletRows({ margin: 1, distance })(ownedViews(shape));
        for (let k = 0; k < shape.dim; k++) {
          let sum = 0;
          for (const { data, cols } of Object.values(gradients)) {
            for (let e = k; e < data.length; e += cols) sum += data[e];
          }
          expect(sum).toBeCloseTo(0, 5);
        }
      }),
    );
  });

  it('are zero at the hinge itself', () => {
    // both at 5: the violation is exactly the margin
    const views = {
      anchors: fromRows([[0, 0]]),
      positives: fromRows([[3, 4]]),
      negatives: fromRows([[-4, 3]]),
    };
    const { value, active, gradients } = tripletRows({ margin: 0, distance: euclidean })(views);
    expect([value, active]).toEqual([0, 0]);
    expectClose(gradients.positives.data, [0, 0], 0);
  });
});

describe('tripletRows, negatives', () => {
  it('are met by their owner only: the same as one row a negative', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(...distances), (shape, distance) => {
        const views = ownedViews(shape);
        const owners = ownersOf(views.owned);
        const loss = tripletRows({ distance });
        const [together, apart] = [
          loss(views),
          loss({
            anchors: gather(views.anchors, owners),
            positives: gather(views.positives, owners),
            negatives: views.negatives,
          }),
        ];
        expect(together.value).toBeCloseTo(apart.value, 10);
        expect(together.terms).toEqual(apart.terms);
        expect(together.gradients.negatives).toEqual(apart.gradients.negatives);
        for (const name of ['anchors', 'positives'] as const) {
          const gathered = matrix(shape.owned.length, shape.dim);
          owners.forEach((i, t) =>
            row(gathered, i).forEach((slope, k, all) => (all[k] = slope + row(apart.gradients[name], t)[k])),
          );
          expectClose(together.gradients[name].data, gathered.data, 1e-5);
        }
      }),
    );
  });

  it('of their owner’s id or label are none, in the mean too', () => {
    fc.assert(
      fc.property(shapes, fc.array(fc.nat(2), { minLength: 15, maxLength: 15 }), (shape, numbers) => {
        const views = ownedViews(shape);
        const [rows, extra] = [views.anchors.rows, views.negatives.rows];
        const [ids, negativeIds] = [
          Uint32Array.from(numbers.slice(0, rows)),
          Uint32Array.from(numbers.slice(0, extra)),
        ];
        const [labels, negativeLabels] = [
          Int32Array.from(ids).toReversed(),
          Int32Array.from(negativeIds).toReversed(),
        ];
        const owners = ownersOf(views.owned);
        const kept = Array.from(owners.keys()).filter(
          (t) => ids[owners[t]] !== negativeIds[t] && labels[owners[t]] !== negativeLabels[t],
        );

        const loss = tripletRows({ reduction: 'sum' });
        const masked = loss({ ...views, ids, negativeIds, labels, negativeLabels });
        const without = loss({
          anchors: gather(
            views.anchors,
            kept.map((t) => owners[t]),
          ),
          positives: gather(
            views.positives,
            kept.map((t) => owners[t]),
          ),
          negatives: gather(views.negatives, kept),
        });
        expect(masked.value).toBeCloseTo(without.value, 10);
        expect(masked.active).toBe(without.active);
        expectClose(
          gather(masked.gradients.negatives ?? matrix(0, 0), kept).data,
          without.gradients.negatives?.data ?? [],
        );
        const mean = tripletRows()({ ...views, ids, negativeIds, labels, negativeLabels });
        expect(mean.value).toBeCloseTo(kept.length === 0 ? 0 : without.value / kept.length, 10);
      }),
    );
  });
});

describe('tripletRows, into', () => {
  it('is written over, with the same numbers as fresh matrices get', () => {
    const views = ownedViews({ owned: [2, 0, 1], dim: 3, seed: 3 });
    const into = { anchors: noise(3, 3), positives: noise(3, 3), negatives: noise(3, 3) };
    const written = tripletRows({ margin: 2 })(views, into);
    for (const name of names) expect(written.gradients[name]).toBe(into[name]);
    expect(written).toEqual(tripletRows({ margin: 2 })(views));
  });
});

describe('tripletRows, corners', () => {
  it('is 0 with zero gradients where there are no negatives', () => {
    const { anchors, positives } = ownedViews({ owned: [1, 1], dim: 3, seed: 4 });
    for (const views of [
      { anchors, positives },
      { anchors, positives, negatives: matrix(0, 3), owned: new Uint32Array(2) },
    ]) {
      const { value, active, gradients } = tripletRows()(views);
      expect([value, active]).toEqual([0, 0]);
      expect([gradients.anchors, gradients.positives]).toEqual([matrix(2, 3), matrix(2, 3)]);
    }
  });

  it('is the margin where anchor, positive and negative coincide, and finite', () => {
    const same = fromRows([[0.3, -2]]);
    for (const distance of distances) {
      const { value, gradients } = tripletRows({ margin: 0.5, distance })({
        anchors: same,
        positives: same,
        negatives: same,
      });
      expect(value).toBe(0.5);
      expect(Object.values(gradients).every(({ data }) => data.every(Number.isFinite))).toBe(true);
    }
  });

  it('takes a zero row to be at 1 from everything by cosine, without a gradient of its own', () => {
    // d(a, p) = 1 and d(a, n) = 1 - 0.6
    const { value, gradients } = tripletRows({ margin: 0.2 })({
      anchors: fromRows([[1, 0]]),
      positives: fromRows([[0, 0]]),
      negatives: fromRows([[0.6, 0.8]]),
    });
    expect(value).toBeCloseTo(0.8, 6);
    expectClose(gradients.positives.data, [0, 0], 0);
    expect(gradients.negatives?.data.some((slope) => slope !== 0)).toBe(true);
  });
});

describe('tripletRows, refusals', () => {
  const views = ownedViews({ owned: [2, 1], dim: 3, seed: 5 });
  const cases: readonly (readonly [what: string, views: Views, sentence: string])[] = [
    ['positives of another count', { ...views, positives: matrix(1, 3) }, 'positives.rows must be 2, got 1'],
    ['negatives of another width', { ...views, negatives: matrix(3, 4) }, 'negatives.cols must be 3, got 4'],
    [
      'owners of fewer negatives',
      { ...views, owned: Uint32Array.of(2, 0) },
      'the sum of owned must be 3, got 2',
    ],
    ['owners of another count', { ...views, owned: Uint32Array.of(3) }, 'owned.length must be 2, got 1'],
    [
      'negatives that nobody owns',
      { ...views, owned: undefined },
      'negatives.rows, where owned is not given, must be 2, got 3',
    ],
    [
      'a negative that is not finite',
      {
        ...views,
        negatives: fromRows([
          [1, 2, 3],
          [1, 2, 3],
          [1, Infinity, 3],
        ]),
      },
      'negatives row 2 must be finite, got Infinity in column 1',
    ],
  ];
  for (const [what, wrong, sentence] of cases) {
    it(`refuses ${what}`, () => {
      expect(() => tripletRows()(wrong)).toThrow(new RangeError(`tripletRows: ${sentence}`));
    });
  }

  it('refuses a margin that is not a finite number >= 0', () => {
    for (const margin of [-0.1, NaN, Infinity]) {
      expect(() => tripletRows({ margin })).toThrow(
        new RangeError(`tripletRows: margin must be a finite number >= 0, got ${margin}`),
      );
    }
  });
});

describe('tripletRows, swap', () => {
  // the positive is at 5 from the anchor; the negative at 8 from that, and at 3√5 from the positive
  const views = {
    anchors: fromRows([[0, 0]]),
    positives: fromRows([[3, 4]]),
    negatives: fromRows([[0, 10]]),
  };

  it('takes the negative for as far as it is from the nearer of anchor and positive', () => {
    const loss = tripletRows({ margin: 4, distance: euclidean, swap: true });
    const { value, gradients } = loss(views);
    expect(value).toBeCloseTo(5 - Math.sqrt(45) + 4, 6);
    // from the negative the positive is along (3, -6) / √45; the anchor is moved by the positive alone
    expectClose(gradients.negatives?.data ?? [], [3 / Math.sqrt(45), -6 / Math.sqrt(45)], 1e-6);
    expectClose(gradients.anchors.data, [-0.6, -0.8], 1e-6);
  });

  it('shares the slope where both are as near, as where they coincide', () => {
    const same = fromRows([[1, 2]]);
    const { gradients } = tripletRows({ margin: 6, distance: euclidean, swap: true })({
      anchors: same,
      positives: same,
      negatives: fromRows([[4, 6]]),
    });
    expectClose(gradients.anchors.data, [0.3, 0.4], 1e-6);
    expectClose(gradients.positives.data, [0.3, 0.4], 1e-6);
    expectClose(gradients.negatives?.data ?? [], [-0.6, -0.8], 1e-6);
  });

  it('is never below the loss without it', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(...distances), (shape, distance) => {
        const random = ownedViews(shape);
        const [swapped, straight] = [true, false].map(
          (swap) => tripletRows({ distance, swap })(random).value,
        );
        expect(swapped).toBeGreaterThanOrEqual(straight - 1e-6);
      }),
    );
  });
});

describe('tripletRows, soft margin', () => {
  it('is log(1 + exp) of what the hinge is of, which no size overflows', () => {
    const at = (negative: number, margin: number) =>
      tripletRows({ margin, distance: euclidean, softMargin: true })({
        anchors: fromRows([[0]]),
        positives: fromRows([[2]]),
        negatives: fromRows([[negative]]),
      });
    expect(at(3, 0.5).value).toBeCloseTo(Math.log(1 + Math.exp(-0.5)), 6);
    expectClose(at(3, 0.5).gradients.negatives?.data ?? [], [-1 / (1 + Math.exp(0.5))], 1e-6);
    expect(at(0, 1e4).value).toBeCloseTo(1e4 + 2, 6);
    expect(at(1e4, 0).value).toBe(0);
  });
});

describe('tripletRows, off the kernels', () => {
  const options = [
    { distance: lp({ p: 3 }), margin: 1000 },
    { distance: euclidean, softMargin: true },
    { distance: cosine, softMargin: true, swap: true },
    { distance: lp(), margin: 1000, swap: true },
  ];

  it('has the slopes of its value for gradients', () => {
    for (const option of options) {
      // the first negative is much nearer to the anchor than to the positive, the second the other way round
      const views = {
        anchors: fromRows([[2, 0, 0.4]]),
        positives: fromRows([[0.4, 2, 0]]),
        negatives: fromRows([
          [1.8, 0.3, -1],
          [-0.6, 1.6, 1.2],
        ]),
        owned: Uint32Array.of(2),
      };
      expectGradient(tripletRows(option), views, names);
      expectSignsMatter(tripletRows(option), views, names);
    }
  });

  it('gives what the kernels give', () => {
    const views = ownedViews({ owned: [2, 1, 3], dim: 4, seed: 6 });
    const [fast, slow] = [euclidean, lp({ eps: 0 })].map((distance) =>
      tripletRows({ margin: 0.5, distance })(views),
    );
    expectClose([slow.value], [fast.value], 1e-6);
    expect(slow.active).toBe(fast.active);
    for (const name of names)
      expectClose(slow.gradients[name]?.data ?? [], fast.gradients[name]?.data ?? [1], 1e-6);
  });
});
