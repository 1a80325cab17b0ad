import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Labelled, References, Triplets } from '../../../src/core/batches.ts';
import { fromRows, gather, type Matrix, matrix, row, stack } from '../../../src/core/matrix.ts';
import { random, shuffled } from '../../../src/core/random.ts';
import { chord } from '../../../src/distances/chord.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import type { Distance, RowDistance } from '../../../src/distances/distance.ts';
import { dot } from '../../../src/distances/dot.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { manhattan } from '../../../src/distances/lp.ts';
import { squaredChord } from '../../../src/distances/squared-chord.ts';
import { squaredEuclidean } from '../../../src/distances/squared-euclidean.ts';
import { triplet, type TripletOptions } from '../../../src/losses/labelled/triplet.ts';
import { tripletRows } from '../../../src/losses/views/triplet-rows.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';

const distances = [cosine, dot, euclidean, squaredEuclidean, chord, squaredChord, manhattan];

const batches = fc
  .record({
    labels: fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 3, maxLength: 7 }),
    dim: fc.integer({ min: 3, max: 5 }),
    seed: fc.nat(),
  })
  .map(({ labels, dim, seed }) => ({
    embeddings: gaussian(labels.length, dim, seed),
    labels: Int32Array.from(labels),
  }));

/** Every triplet, found by trying all of them. */
function allTriplets(labels: Int32Array, references?: References, ids?: Uint32Array): Triplets {
  const found: { a: number; p: number; n: number }[] = [];
  const all = [...labels, ...(references?.labels ?? [])];
  const meets = (a: number, j: number): boolean =>
    j < labels.length
      ? j !== a && references?.alone !== true
      : ids === undefined || references?.ids?.[j - labels.length] !== ids[a];
  labels.forEach((label, a) =>
    all.forEach((same, p) =>
      all.forEach((other, n) => {
        if (meets(a, p) && meets(a, n) && label === same && label !== other) found.push({ a, p, n });
      }),
    ),
  );
  return {
    anchors: Uint32Array.from(found, ({ a }) => a),
    positives: Uint32Array.from(found, ({ p }) => p),
    negatives: Uint32Array.from(found, ({ n }) => n),
  };
}

describe('triplet, by hand', () => {
  // at 0°, 60° and 90°: d(0, 1) = 0.5, d(0, 2) = 1, d(1, 2) = 1 - cos 30° = 0.13397460
  const batch = {
    embeddings: fromRows([
      [1, 0],
      [0.5, Math.sqrt(3) / 2],
      [0, 1],
    ]),
    labels: Int32Array.of(0, 0, 1),
  };

  it('counts how far each negative intrudes on the margin', () => {
    // (0, 1, 2) is satisfied by 0.3; (1, 0, 2) is violated by 0.5 - 0.13397460 + 0.2
    const { value, active, terms } = triplet({ margin: 0.2 })(batch);
    expect(value).toBeCloseTo(0.5660254 / 2, 6);
    expect(active).toBe(1);
    expect(terms).toBeUndefined();
    expect(triplet({ margin: 0.2, reduction: 'sum' })(batch).value).toBeCloseTo(0.5660254, 6);
  });

  it('takes the mined triplets, and no others, where there are some', () => {
    const triplets = {
      anchors: Uint32Array.of(1, 0, 1),
      positives: Uint32Array.of(0, 1, 0),
      negatives: Uint32Array.of(2, 2, 2),
    };
    const { value, terms, active } = triplet({ margin: 0.2 })({ ...batch, triplets });
    expectClose(terms ?? [], [0.5660254, 0, 0.5660254], 1e-6);
    expect(value).toBeCloseTo((2 * 0.5660254) / 3, 6);
    expect(active).toBe(2);
  });

  it('is over what is above zero, smooth, or by the nearer of two, where that is asked for', () => {
    // both violations are 0.5 - 1 + 0.2 and 0.5660254; swapped, both negatives are at 0.13397460
    const [satisfied, violation] = [0.5 - 1 + 0.2, 0.5660254];
    const all = { margin: 0.2, reduction: 'sum' } as const;
    expect(triplet({ margin: 0.2, reduction: 'active' })(batch).value).toBeCloseTo(violation, 6);
    const softplus = (v: number): number => Math.log(1 + Math.exp(v));
    expect(triplet({ ...all, softMargin: true })(batch).value).toBeCloseTo(
      softplus(satisfied) + softplus(violation),
      6,
    );
    expect(triplet({ ...all, swap: true })(batch).value).toBeCloseTo(2 * violation, 6);
  });

  it('weighs its terms by the label of the anchor', () => {
    expect(triplet({ margin: 0.2, classWeights: [3, 100] })(batch).value).toBeCloseTo((3 * 0.5660254) / 2, 6);
  });

  it('measures by the distance it is given', () => {
    // from row 0 the positive is at 5, the negative at 2; from row 1 they are at 5 and √13
    const embeddings = fromRows([
      [0, 0],
      [3, 4],
      [0, 2],
    ]);
    const sumBy = (distance: RowDistance) =>
      triplet({ margin: 1, distance, reduction: 'sum' })({ embeddings, labels: Int32Array.of(3, 3, 8) })
        .value;
    expect(sumBy(euclidean)).toBeCloseTo(5 - 2 + 1 + (5 - 3.6055513 + 1), 6);
    expect(sumBy(squaredEuclidean)).toBe(25 - 4 + 1 + (25 - 13 + 1));
    // 7 and 2 in rows 0, 7 and 5 from row 1
    expect(sumBy(manhattan)).toBe(7 - 2 + 1 + (7 - 5 + 1));
    // inner products: 0 and 0 from row 0, 0 and 8 from row 1
    expect(sumBy(dot)).toBe(1 + 9);
  });
});

describe('triplet, gradients', () => {
  const embeddings = gaussian(6, 3, 2);
  const labels = Int32Array.of(0, 1, 0, 1, 1, 2);
  const triplets = {
    anchors: Uint32Array.of(0, 2, 4, 3),
    positives: Uint32Array.of(2, 0, 1, 4),
    negatives: Uint32Array.of(1, 5, 2, 5),
  };
  // manhattan has a kink wherever two entries are equal
  for (const distance of distances.slice(0, -1)) {
    const loss = triplet({ margin: 1.5, distance });
    for (const [which, batch] of Object.entries({
      all: { embeddings, labels },
      mined: { embeddings, labels, triplets },
    })) {
      it(`are the slopes of the value over ${which} triplets, by ${distance.name}`, () => {
        expectGradient(loss, batch, ['embeddings']);
      });
      it(`would be told from their opposites over ${which} triplets, by ${distance.name}`, () => {
        expectSignsMatter(loss, batch, ['embeddings']);
      });
    }
  }

  for (const chosen of [
    { margin: 30, swap: true, distance: chord },
    { margin: 0.5, softMargin: true, distance: squaredChord },
    { margin: 0.5, swap: true, softMargin: true, distance: euclidean, classWeights: [1, 2] },
  ]) {
    for (const alone of [false, true]) {
      it(`are the slopes of the value along references too, ${JSON.stringify({ ...chosen, alone })}`, () => {
        const loss = triplet(chosen);
        const byName = (given: { embeddings: Matrix; references: Matrix }) => {
          const references = {
            embeddings: given.references,
            labels: Int32Array.of(0, 1),
            alone,
          };
          const into = { references: matrix(2, 3) };
          const found = loss(
            { embeddings: given.embeddings, labels: Int32Array.of(0, 1, 0, 1), references },
            into,
          );
          return { ...found, gradients: { embeddings: found.gradients.embeddings, ...into } };
        };
        // from no negative are anchor and positive almost equally far: there the nearer one changes
        const given = { embeddings: gaussian(4, 3, 3180), references: gaussian(2, 3, 3180, 1) };
        expectGradient(byName, given, ['embeddings', 'references']);
        expectSignsMatter(byName, given, ['embeddings', 'references']);
      });
    }
  }

  it('are the slopes of the value on any shape', () => {
    fc.assert(
      fc.property(batches, fc.constantFrom(...distances.slice(0, -1)), (batch, distance) => {
        fc.pre(allTriplets(batch.labels).anchors.length > 0);
        // far from every hinge, and not manhattan
        expectGradient(triplet({ margin: 1000, distance }), batch, ['embeddings']);
      }),
      { numRuns: 25 },
    );
  });

  it('are at right angles to each embedding by cosine, which ignores length', () => {
    fc.assert(
      fc.property(batches, ({ embeddings, labels }) => {
        const { gradients } = triplet({ margin: 1 })({ embeddings, labels });
        for (let i = 0; i < embeddings.rows; i++) {
          const along = row(gradients.embeddings, i).reduce(
            (sum, slope, k) => sum + slope * row(embeddings, i)[k],
            0,
          );
          expect(Math.abs(along)).toBeLessThan(1e-5);
        }
      }),
    );
  });

  it('are zero at the hinge itself', () => {
    const batch = {
      embeddings: fromRows([
        [0, 0],
        [3, 4],
        [-4, 3],
      ]),
      labels: Int32Array.of(1, 1, 2),
    };
    const triplets = {
      anchors: Uint32Array.of(0),
      positives: Uint32Array.of(1),
      negatives: Uint32Array.of(2),
    };
    // both at 5
    const { value, active, gradients } = triplet({ margin: 0, distance: euclidean })({ ...batch, triplets });
    expect([value, active]).toEqual([0, 0]);
    expectClose(gradients.embeddings.data, new Float32Array(6), 0);
  });
});

describe('triplet, over all triplets', () => {
  const options = fc.record({
    distance: fc.constantFrom(...distances),
    reduction: fc.constantFrom('mean', 'sum', 'active'),
    swap: fc.boolean(),
    softMargin: fc.boolean(),
    classWeights: fc.constantFrom(undefined, [0.5, 0, 2, 3]),
  });

  function expectSameAsListed(batch: Labelled, chosen: TripletOptions): void {
    const loss = triplet({ margin: 0.7, ...chosen });
    const triplets = allTriplets(batch.labels, batch.references, batch.ids);
    const room = () => ({
      references: batch.references && noise(batch.references.embeddings.rows, batch.embeddings.cols),
    });
    const [all, listed] = [loss(batch, room()), loss({ ...batch, triplets }, room())];
    expectClose([all.value], [listed.value], 1e-5);
    expect(all.active).toBe(listed.active);
    expectClose(all.gradients.embeddings.data, listed.gradients.embeddings.data, 2e-5);
    expectClose(all.gradients.references?.data ?? [], listed.gradients.references?.data ?? [], 2e-5);
  }

  it('is the same as over a list of them, by any rule', () => {
    fc.assert(
      fc.property(batches, options, (batch, chosen) =>
        expectSameAsListed({ ...batch, labels: batch.labels.map((label) => label + 1) }, chosen),
      ),
    );
  });

  it('is the same as over a list of them against references too, or alone, none being an older copy of its anchor', () => {
    fc.assert(
      fc.property(batches, batches, options, fc.boolean(), (batch, other, chosen, alone) => {
        const { cols } = batch.embeddings;
        const { length } = other.labels;
        expectSameAsListed(
          {
            embeddings: batch.embeddings,
            labels: batch.labels.map((label) => label + 1),
            ids: Uint32Array.from(batch.labels.keys()),
            references: {
              embeddings: gaussian(length, cols, 77, length),
              labels: other.labels.map((label) => label + 1),
              ids: Uint32Array.from({ length }, (_, r) => 2 * r),
              alone,
            },
          },
          chosen,
        );
      }),
    );
  });

  it('is the same as over a list of them where labels have more rows than are taken at a time', () => {
    const batch = {
      embeddings: gaussian(150, 5, 8),
      labels: Int32Array.from({ length: 150 }, (_, i) => Number(i % 9 === 0)),
    };
    for (const swap of [false, true])
      expectSameAsListed(batch, { distance: chord, swap, reduction: 'active' });
  });

  it('moves with its rows, whatever their order and the names of their labels', () => {
    fc.assert(
      fc.property(batches, fc.nat(), ({ embeddings, labels }, seed) => {
        const order = shuffled(labels.length, random(seed));
        const loss = triplet({ margin: 0.7, distance: euclidean });
        const straight = loss({ embeddings, labels });
        const moved = loss({
          embeddings: gather(embeddings, order),
          labels: Int32Array.from(order, (i) => 70 - 10 * labels[i]),
        });
        expect(moved.value).toBeCloseTo(straight.value, 10);
        expectClose(moved.gradients.embeddings.data, gather(straight.gradients.embeddings, order).data, 1e-6);
      }),
    );
  });
});

describe('triplet, over mined triplets', () => {
  it('is tripletRows of the rows they name', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(cosine, dot, euclidean, squaredEuclidean),
        (seed, rows, distance) => {
          const [anchors, positives, negatives] = [1, 2, 3].map((role) => gaussian(rows, 3, seed, role));
          const numbers = Uint32Array.from({ length: rows }, (_, i) => i);
          const [stacked, byRows] = [
            triplet({ distance })({
              embeddings: stack(anchors, positives, negatives),
              labels: new Int32Array(3 * rows),
              triplets: {
                anchors: numbers,
                positives: numbers.map((i) => rows + i),
                negatives: numbers.map((i) => 2 * rows + i),
              },
            }),
            tripletRows({ distance })({ anchors, positives, negatives }),
          ];
          const { gradients } = byRows;
          expect(stacked).toEqual({
            ...byRows,
            gradients: {
              embeddings: stack(gradients.anchors, gradients.positives, gradients.negatives ?? matrix(0, 3)),
            },
          });
        },
      ),
    );
  });
});

describe('triplet, by a distance of one’s own', () => {
  /** Three times the euclidean one, in all but its name. */
  const own: Distance = {
    ...euclidean,
    between: (x, y) => 3 * euclidean.between(x, y),
    backward: (x, y, upstream, dx, dy) => euclidean.backward(x, y, 3 * upstream, dx, dy),
  };

  it('is as many times the loss by ours with a margin as many times smaller', () => {
    const batch = {
      embeddings: gaussian(12, 4, 1),
      labels: Int32Array.from({ length: 12 }, (_, i) => i % 3),
    };
    const mined = { ...batch, triplets: allTriplets(batch.labels) };
    const [theirs, ours] = [
      triplet({ distance: own, margin: 3 })(mined),
      triplet({ distance: euclidean, margin: 1 })(mined),
    ];
    expect(theirs.active).toBe(ours.active);
    expectClose([theirs.value], [3 * ours.value], 1e-9);
    expectClose(
      theirs.gradients.embeddings.data,
      ours.gradients.embeddings.data.map((slope) => 3 * slope),
    );
    const views = { anchors: gaussian(5, 4, 2), positives: gaussian(5, 4, 3), negatives: gaussian(5, 4, 4) };
    const rows = [
      tripletRows({ distance: own, margin: 3 })(views),
      tripletRows({ distance: euclidean, margin: 1 })(views),
    ];
    expectClose([rows[0].value], [3 * rows[1].value], 1e-9);
    expectClose(
      rows[0].gradients.anchors.data,
      rows[1].gradients.anchors.data.map((slope) => 3 * slope),
    );
  });
});

describe('triplet, into', () => {
  it('is written over, with the same numbers as a fresh matrix gets', () => {
    const batch = { embeddings: gaussian(5, 3, 4), labels: Int32Array.of(0, 0, 1, 1, 1) };
    for (const triplets of [undefined, allTriplets(batch.labels)]) {
      const into = { embeddings: noise(5, 3) };
      const written = triplet()({ ...batch, triplets }, into);
      expect(written.gradients.embeddings).toBe(into.embeddings);
      expect(written).toEqual(triplet()({ ...batch, triplets }));
    }
  });
});

describe('triplet, corners', () => {
  const embeddings = gaussian(3, 2, 5);
  const none = { anchors: new Uint32Array(), positives: new Uint32Array(), negatives: new Uint32Array() };
  const without = {
    'all labels are alike': { embeddings, labels: Int32Array.of(4, 4, 4) },
    'no two labels are alike': { embeddings, labels: Int32Array.of(1, 2, 3) },
    'none were mined': { embeddings, labels: Int32Array.of(1, 1, 2), triplets: none },
  };
  for (const [why, batch] of Object.entries(without)) {
    it(`is 0 with zero gradients where ${why}`, () => {
      const { value, active, gradients } = triplet({ margin: 1 })(batch);
      expect([value, active, gradients]).toEqual([0, 0, { embeddings: matrix(3, 2) }]);
    });
  }

  it('is 0 for no rows', () => {
    expect(triplet()({ embeddings: matrix(0, 2), labels: new Int32Array() })).toMatchObject({
      value: 0,
      active: 0,
    });
  });

  it('is the margin where all rows coincide, and finite', () => {
    const batch = {
      embeddings: fromRows([
        [0.3, -2],
        [0.3, -2],
        [0.3, -2],
      ]),
      labels: Int32Array.of(0, 0, 1),
    };
    for (const distance of distances) {
      const { value, gradients } = triplet({ margin: 0.5, distance })(batch);
      expect(value).toBe(0.5);
      expect(gradients.embeddings.data.every(Number.isFinite)).toBe(true);
    }
  });

  it('gives a zero row no gradient by cosine', () => {
    const batch = {
      embeddings: fromRows([
        [0, 0],
        [1, 2],
        [2, 1],
      ]),
      labels: Int32Array.of(0, 0, 1),
    };
    // d = 1 to the zero row, 1 - 4/5 between the others: (0, 1, 2) has 1 - 1, (1, 0, 2) has 1 - 0.2
    const { value, gradients } = triplet({ margin: 0.5, reduction: 'sum' })(batch);
    expect(value).toBeCloseTo(0.5 + 1.3, 6);
    expectClose(row(gradients.embeddings, 0), [0, 0], 0);
    expect(gradients.embeddings.data.some((slope) => slope !== 0)).toBe(true);
  });
});

describe('triplet, refusals', () => {
  const batch = { embeddings: gaussian(3, 2, 6), labels: Int32Array.of(0, 0, 1) };
  const cases: readonly (readonly [what: string, batch: Labelled, sentence: string])[] = [
    ['labels of another count', { ...batch, labels: Int32Array.of(1) }, 'labels.length must be 3, got 1'],
    [
      'an embedding that is not finite',
      {
        ...batch,
        embeddings: fromRows([
          [1, 2],
          [3, 4],
          [NaN, 6],
        ]),
      },
      'embeddings row 2 must be finite, got NaN in column 0',
    ],
    [
      'triplets without a positive',
      {
        ...batch,
        triplets: {
          anchors: Uint32Array.of(0, 1),
          positives: Uint32Array.of(1),
          negatives: Uint32Array.of(2, 2),
        },
      },
      'triplets.positives.length must be 2, got 1',
    ],
    [
      'triplets without a negative',
      {
        ...batch,
        triplets: { anchors: Uint32Array.of(0), positives: Uint32Array.of(1), negatives: Uint32Array.of() },
      },
      'triplets.negatives.length must be 1, got 0',
    ],
    [
      'a triplet that names no row',
      {
        ...batch,
        triplets: {
          anchors: Uint32Array.of(0, 1),
          positives: Uint32Array.of(1, 0),
          negatives: Uint32Array.of(2, 3),
        },
      },
      'triplets.negatives[1] must be a row in [0, 3), got 3',
    ],
  ];
  for (const [what, wrong, sentence] of cases) {
    it(`refuses ${what}`, () =>
      expect(() => triplet()(wrong)).toThrow(new RangeError(`triplet: ${sentence}`)));
  }

  it('refuses a margin that is not finite, and a reduction that is none', () => {
    for (const margin of [NaN, -Infinity, Infinity]) {
      expect(() => triplet({ margin })).toThrow(
        new RangeError(`triplet: margin must be a finite number, got ${margin}`),
      );
    }
    expect(() => triplet(JSON.parse('{"reduction":"perAnchor"}'))).toThrow(
      new RangeError('triplet: reduction must be mean or sum or active, got perAnchor'),
    );
  });

  it('refuses class weights that are none, and a label without one', () => {
    expect(() => triplet({ classWeights: [1, -1] })).toThrow(
      new RangeError('triplet: classWeights[1] must be a finite number >= 0, got -1'),
    );
    expect(() => triplet({ classWeights: [1] })(batch)).toThrow(
      new RangeError('triplet: labels[2] must be a class in [0, 1), got 1'),
    );
  });

  it('refuses references that do not fit', () => {
    const references = { embeddings: gaussian(2, 3, 1), labels: Int32Array.of(1, 2) };
    expect(() => triplet()({ ...batch, references })).toThrow(
      new RangeError('triplet: references.embeddings.cols must be 2, got 3'),
    );
  });
});
