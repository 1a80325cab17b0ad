import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists, type Views } from '../../../src/core/batches.ts';
import { fromRows, gather, matrix, row, rowsBetween, stack, type Matrix } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import { crossEntropy } from '../../../src/losses/classification/cross-entropy.ts';
import { infoNce, type InfoNceOptions } from '../../../src/losses/views/info-nce.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, noise, scaled } from '../../matrices.ts';
import { randomViews } from './random-views.ts';

/** Scores 2 and 1 of the first anchor, 0 and 3 of the second. */
const byHand = {
  anchors: fromRows([
    [1, 0],
    [0, 1],
  ]),
  positives: fromRows([
    [2, 0],
    [1, 3],
  ]),
};
const plainDot = { temperature: 1, similarity: 'dot' } as const;

/** `extra` negatives dealt out to `rows` anchors, some of which get none. */
function dealt(rows: number, extra: number): Uint32Array {
  const owned = new Uint32Array(rows);
  for (let t = 0; t < extra; t++) owned[(t * t) % rows]++;
  return owned;
}

const shapes = fc.record({
  rows: fc.integer({ min: 2, max: 6 }),
  dim: fc.integer({ min: 3, max: 5 }),
  extra: fc.integer({ min: 1, max: 5 }),
  seed: fc.nat(),
});
const geometries = fc.record({
  temperature: fc.constantFrom(0.2, 0.5, 2),
  similarity: fc.constantFrom('cosine', 'dot'),
});

/**
 * The sum of the loss worked an anchor at a time, as a batch of one row whose only negatives are the candidates that
 * `meets` leaves in: candidate j < rows is positive j, and the others are the negatives.
 */
function anchorByAnchor(
  { anchors, positives, negatives }: { anchors: Matrix; positives: Matrix; negatives: Matrix },
  options: InfoNceOptions,
  meets: (anchor: number, candidate: number) => boolean,
) {
  const { rows, cols } = anchors;
  const candidates = stack(positives, negatives);
  const slopes = { anchors: matrix(rows, cols), candidates: matrix(candidates.rows, cols) };
  const terms: number[] = [];
  for (let i = 0; i < rows; i++) {
    const met = Array.from({ length: candidates.rows }, (_, j) => j).filter((j) => j !== i && meets(i, j));
    const one = infoNce({ ...options, reduction: 'sum' })({
      anchors: rowsBetween(anchors, i, i + 1),
      positives: rowsBetween(positives, i, i + 1),
      negatives: gather(candidates, met),
    });
    terms.push(one.value);
    row(slopes.anchors, i).set(one.gradients.anchors.data);
    const touched = stack(one.gradients.positives, one.gradients.negatives ?? matrix(0, cols));
    [i, ...met].forEach((j, r) =>
      row(slopes.candidates, j).forEach((slope, k, all) => (all[k] = slope + row(touched, r)[k])),
    );
  }
  return {
    terms,
    anchors: slopes.anchors,
    positives: rowsBetween(slopes.candidates, 0, rows),
    negatives: rowsBetween(slopes.candidates, rows, candidates.rows),
  };
}

function expectSame(
  views: Views,
  options: InfoNceOptions,
  expected: ReturnType<typeof anchorByAnchor>,
): void {
  const { terms, gradients } = infoNce({ ...options, reduction: 'sum' })(views);
  expectClose(terms ?? [], expected.terms);
  expectClose(gradients.anchors.data, expected.anchors.data);
  expectClose(gradients.positives.data, expected.positives.data);
  expectClose(gradients.negatives?.data ?? [], expected.negatives.data);
}

describe('infoNce, by hand', () => {
  it('is the mean of log(1 + e⁻¹) and log(1 + e⁻³)', () => {
    const { value, terms, active } = infoNce(plainDot)(byHand);
    expectClose(terms ?? [], [0.31326169, 0.04858735]);
    expect(value).toBeCloseTo(0.18092452, 7);
    expect(active).toBe(2);
  });

  it('is their sum where a sum is asked for', () => {
    expect(infoNce({ ...plainDot, reduction: 'sum' })(byHand).value).toBeCloseTo(0.36184904, 7);
  });

  it('moves each row by the wrong share of its softmax', () => {
    // the first anchor gives 1 / (1 + e) of itself to the wrong positive, the second 1 / (1 + e³); halved by the mean
    const [first, second] = [0.13447071, 0.02371294];
    const { gradients } = infoNce(plainDot)(byHand);
    expectClose(gradients.anchors.data, [-first, 3 * first, second, -3 * second], 1e-7);
    expectClose(gradients.positives.data, [-first, second, first, -second], 1e-7);
    expect(gradients.negatives).toBeUndefined();
  });

  it('averages with the columns of the scores where it is symmetric', () => {
    // by column the scores are 2 and 0, then 3 and 1: log(1 + e⁻²) = 0.12692801 twice
    const { value, terms } = infoNce({ ...plainDot, symmetric: true })(byHand);
    expectClose(terms ?? [], [0.22009485, 0.08775768]);
    expect(value).toBeCloseTo(0.15392627, 7);
  });

  it('divides by lengths and by the temperature', () => {
    // cosines 1 and 1/√10 of the first anchor, 0 and 3/√10 of the second; (1 - 0.31622777) / 0.5 = 1.36754447 and
    // 0.94868330 / 0.5 = 1.89736660; log(1 + e^-x) of them is 0.22692176 and 0.13972978
    expectClose(infoNce({ temperature: 0.5 })(byHand).terms ?? [], [0.22692176, 0.13972978], 1e-6);
  });

  it('is the cross-entropy of the scores of anchors by positives against their own number', () => {
    const scores = fromRows([
      [2, 1],
      [0, 3],
    ]);
    const { value } = crossEntropy()({ logits: scores, labels: Int32Array.of(0, 1) });
    expect(infoNce(plainDot)(byHand).value).toBeCloseTo(value, 6);
  });
});

describe('infoNce, gradients', () => {
  const views = randomViews({ rows: 5, dim: 4, extra: 10, seed: 7 });
  const names = ['anchors', 'positives', 'negatives'] as const;
  const masked = {
    ...views,
    ids: Uint32Array.of(4, 5, 4, 6, 7),
    negativeIds: Uint32Array.of(5, 9, 9, 6, 4, 9, 9, 9, 7, 9),
    owned: Uint32Array.of(3, 0, 2, 4, 1),
  };
  const losses = {
    'by cosine': infoNce({ temperature: 0.2 }),
    'at the default temperature': infoNce(),
    'by inner product': infoNce({ temperature: 0.7, similarity: 'dot' }),
    'of owned negatives': infoNce({ temperature: 0.2, negatives: 'own' }),
    'both ways': infoNce({ temperature: 0.2, symmetric: true }),
    'both ways by inner product, of owned negatives, as a sum': infoNce({
      temperature: 0.7,
      similarity: 'dot',
      symmetric: true,
      negatives: 'own',
      reduction: 'sum',
    }),
  };
  for (const [name, loss] of Object.entries(losses)) {
    it(`are the slopes of the value, ${name}`, () => expectGradient(loss, masked, names));
    it(`would be told from their opposites, ${name}`, () => expectSignsMatter(loss, masked, names));
  }

  it('are the slopes of the value on any shape', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom('cosine', 'dot'), fc.boolean(), (shape, similarity, symmetric) => {
        // warm enough that no candidate is out of the race
        expectGradient(infoNce({ temperature: 2, similarity, symmetric }), randomViews(shape), names);
      }),
      { numRuns: 25 },
    );
  });

  it('are at right angles to each embedding, since the cosine ignores length', () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), (shape, symmetric) => {
        const random = randomViews(shape);
        const { gradients } = infoNce({ temperature: 0.2, symmetric, reduction: 'sum' })(random);
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

  it('shrink as much as the embeddings grow', () => {
    const loss = infoNce({ temperature: 0.2 });
    const [small, large] = [loss(views), loss({ ...views, anchors: scaled(views.anchors, 8) })];
    expect(large.value).toBe(small.value);
    expectClose(scaled(large.gradients.anchors, 8).data, small.gradients.anchors.data, 1e-7);
  });
});

describe('infoNce, scale', () => {
  const views = randomViews({ rows: 5, dim: 4, extra: 6, seed: 21 });

  it('is the inverse of the temperature', () => {
    expect(infoNce({ scale: 20 })(views)).toEqual(infoNce({ temperature: 0.05 })(views));
    expect(infoNce({ scale: 20 })(views)).toEqual(infoNce()(views));
  });

  it('may be learned: exp of the views’ logScale', () => {
    const { gradients, ...result } = infoNce({ symmetric: true })({ ...views, logScale: Math.log(4) });
    const { gradients: fixed, ...expected } = infoNce({ symmetric: true, scale: 4 })(views);
    expect(result).toEqual(expected);
    expect({ ...gradients, logScale: undefined }).toEqual({ ...fixed, logScale: undefined });
    expect(fixed.logScale).toBeUndefined();
  });

  it('has the slope that is worked by hand', () => {
    // terms log(1 + e^-t) and log(1 + e^-3t) of byHand: t = 1 / 2 has slopes -t / (1 + e^t) and -3t / (1 + e^3t), halved by the mean
    const { gradients } = infoNce({ similarity: 'dot' })({ ...byHand, logScale: Math.log(0.5) });
    expect(gradients.logScale).toBeCloseTo((-0.5 * 0.37754067 - 1.5 * 0.18242552) / 2, 7);
  });

  it('has the slope of the value, any way', () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.constantFrom('shared', 'own'), (shape, symmetric, negatives) => {
        const random = randomViews(shape);
        const owned = dealt(shape.rows, shape.extra);
        const loss = learning((logScale) =>
          infoNce({ symmetric, negatives })({ ...random, owned, logScale: logScale.data[0] }),
        );
        const start = { logScale: fromRows([[Math.log(3)]]) };
        expectGradient(loss, start, ['logScale']);
        expectSignsMatter(loss, start, ['logScale']);
      }),
      { numRuns: 10 },
    );
  });

  it('is refused where it is both given and learned', () => {
    const learned = { ...views, logScale: 1.5 };
    for (const options of [{ temperature: 0.1 }, { scale: 10 }]) {
      expect(() => infoNce(options)(learned)).toThrow(
        new RangeError('infoNce: views.logScale must be absent where temperature or scale is given, got 1.5'),
      );
    }
    expect(() => infoNce({ temperature: 0.1, scale: 10 })).toThrow(
      new RangeError('infoNce: scale must be absent where temperature is given, got 10'),
    );
  });

  it('is refused where its exp is no finite number above 0', () => {
    for (const [logScale, got] of [
      [1000, Infinity],
      [-1000, 0],
      [NaN, NaN],
    ]) {
      expect(() => infoNce()({ ...views, logScale })).toThrow(
        new RangeError(`infoNce: exp(views.logScale) must be a finite number > 0, got ${got}`),
      );
    }
  });
});

describe('infoNce, candidates', () => {
  it('are all positives and all negatives, for every anchor', () => {
    fc.assert(
      fc.property(shapes, geometries, (shape, geometry) => {
        const views = randomViews(shape);
        expectSame(
          views,
          geometry,
          anchorByAnchor(views, geometry, () => true),
        );
      }),
    );
  });

  it('are all negatives also where they are owned, unless only the own are asked for', () => {
    const views = randomViews({ rows: 4, dim: 3, extra: 9, seed: 5 });
    const shared = infoNce()(views);
    expect(infoNce()({ ...views, owned: dealt(4, 9) })).toEqual(shared);
    expect(infoNce({ negatives: 'own' })({ ...views, owned: dealt(4, 9) }).value).toBeLessThan(shared.value);
  });

  it('are the anchor’s own negatives where only those are asked for', () => {
    fc.assert(
      fc.property(shapes, geometries, (shape, geometry) => {
        const views = randomViews(shape);
        const owned = dealt(shape.rows, shape.extra);
        const owners = Array.from(owned).flatMap((count, i) => Array<number>(count).fill(i));
        const expected = anchorByAnchor(
          views,
          geometry,
          (i, j) => j < shape.rows || owners[j - shape.rows] === i,
        );
        expectSame({ ...views, owned }, { ...geometry, negatives: 'own' }, expected);
      }),
    );
  });

  it('are one negative an anchor where it does not say who owns them', () => {
    const views = randomViews({ rows: 4, dim: 3, extra: 4, seed: 6 });
    const expected = infoNce({ negatives: 'own' })({ ...views, owned: Uint32Array.of(1, 1, 1, 1) });
    expect(infoNce({ negatives: 'own' })(views)).toEqual(expected);
  });

  it('are never of the anchor’s own id or label', () => {
    fc.assert(
      fc.property(shapes, geometries, fc.nat(), fc.boolean(), (shape, geometry, seed, own) => {
        const views = randomViews(shape);
        const { rows, extra } = shape;
        // few of them, so that they are often equal
        const [ids, negativeIds] = [few(rows, 4, seed, 1), few(extra, 4, seed, 2)];
        const [labels, negativeLabels] = [few(rows, 3, seed, 3), few(extra, 3, seed, 4)];
        const [allIds, allLabels] = [
          [...ids, ...negativeIds],
          [...labels, ...negativeLabels],
        ];
        const owned = dealt(rows, extra);
        const owners = Array.from(owned).flatMap((count, i) => Array<number>(count).fill(i));
        const masked = {
          ...views,
          owned,
          ids,
          negativeIds,
          labels: Int32Array.from(labels),
          negativeLabels: Int32Array.from(negativeLabels),
        };
        const meets = (i: number, j: number) =>
          allIds[i] !== allIds[j] &&
          allLabels[i] !== allLabels[j] &&
          (!own || j < rows || owners[j - rows] === i);
        const negatives = own ? 'own' : 'shared';
        expectSame(masked, { ...geometry, negatives }, anchorByAnchor(views, geometry, meets));
      }),
    );
  });

  it('are never what is known to be right for the anchor, among positives or negatives', () => {
    fc.assert(
      fc.property(shapes, geometries, fc.nat(), fc.boolean(), (shape, geometry, seed, own) => {
        const views = randomViews(shape);
        const { rows, extra } = shape;
        const [ids, negativeIds] = [few(rows, 9, seed, 1), few(extra, 9, seed, 2)];
        const right = Array.from({ length: rows }, (_, i) => few(2, 9, seed, 3, i));
        const owned = dealt(rows, extra);
        const owners = Array.from(owned).flatMap((count, i) => Array<number>(count).fill(i));
        const allIds = [...ids, ...negativeIds];
        const meets = (i: number, j: number) =>
          allIds[i] !== allIds[j] &&
          !Array.from(right[i]).includes(allIds[j]) &&
          (!own || j < rows || owners[j - rows] === i);
        const known = idLists(right.map((list) => [...list]));
        const negatives = own ? 'own' : 'shared';
        const expected = anchorByAnchor(views, geometry, meets);
        expectSame({ ...views, owned, ids, negativeIds, known }, { ...geometry, negatives }, expected);
      }),
    );
  });

  it('of other batches are not masked by ids that only the batch has', () => {
    const views = randomViews({ rows: 3, dim: 3, extra: 4, seed: 8 });
    const ids = Uint32Array.of(1, 1, 2);
    const expected = anchorByAnchor(views, {}, (i, j) => j >= 3 || ids[i] !== ids[j]);
    expectSame({ ...views, ids }, {}, expected);
  });

  it('are the same for more anchors than are taken at a time', () => {
    const views = randomViews({ rows: 70, dim: 3, extra: 5, seed: 9 });
    const labels = Int32Array.from({ length: 70 }, (_, i) => i % 9);
    const expected = anchorByAnchor(views, {}, (i, j) => j >= 70 || labels[i] !== labels[j]);
    expectSame({ ...views, labels }, {}, expected);
  });
});

describe('infoNce, both ways', () => {
  it('is the mean of both directions, the negatives standing in the first', () => {
    fc.assert(
      fc.property(shapes, geometries, fc.nat(), (shape, geometry, seed) => {
        const { anchors, positives, negatives } = randomViews(shape);
        const labels = Int32Array.from(few(shape.rows, 4, seed, 1));
        const ids = few(shape.rows, 4, seed, 2);
        const both = infoNce({ ...geometry, symmetric: true })({
          anchors,
          positives,
          negatives,
          ids,
          labels,
        });
        const there = infoNce(geometry)({ anchors, positives, negatives, ids, labels });
        const back = infoNce(geometry)({ anchors: positives, positives: anchors, ids, labels });
        expectClose([both.value], [(there.value + back.value) / 2], 1e-6);
        expectClose(both.terms ?? [], mean(there.terms, back.terms), 1e-6);
        expectClose(
          both.gradients.anchors.data,
          mean(there.gradients.anchors.data, back.gradients.positives.data),
          1e-6,
        );
        expectClose(
          both.gradients.positives.data,
          mean(there.gradients.positives.data, back.gradients.anchors.data),
          1e-6,
        );
        expectClose(
          both.gradients.negatives?.data ?? [],
          scaled(there.gradients.negatives ?? matrix(0, 0), 0.5).data,
          1e-6,
        );
      }),
    );
  });

  it('is so for more anchors than are taken at a time', () => {
    const { anchors, positives } = randomViews({ rows: 130, dim: 3, extra: 1, seed: 10 });
    const both = infoNce({ symmetric: true })({ anchors, positives });
    const back = infoNce()({ anchors: positives, positives: anchors });
    expectClose([both.value], [(infoNce()({ anchors, positives }).value + back.value) / 2], 1e-6);
  });
});

describe('infoNce, order', () => {
  it('does not matter: terms and gradients move with their rows', () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.nat(), (shape, symmetric, seed) => {
        const { anchors, positives, negatives } = randomViews(shape);
        const labels = few(shape.rows, 3, seed);
        const order = Array.from(labels, (_, i) => i).toReversed();
        const loss = infoNce({ temperature: 0.3, symmetric });
        const straight = loss({ anchors, positives, negatives, labels: Int32Array.from(labels) });
        const reversed = loss({
          anchors: gather(anchors, order),
          positives: gather(positives, order),
          negatives,
          labels: Int32Array.from(labels).toReversed(),
        });
        expectClose(reversed.terms ?? [], straight.terms?.toReversed() ?? [], 1e-6);
        expectClose(reversed.gradients.anchors.data, gather(straight.gradients.anchors, order).data, 1e-6);
        expectClose(
          reversed.gradients.positives.data,
          gather(straight.gradients.positives, order).data,
          1e-6,
        );
        expectClose(reversed.gradients.negatives?.data ?? [], straight.gradients.negatives?.data ?? [], 1e-6);
      }),
    );
  });
});

describe('infoNce, into', () => {
  it('is written over, with the same numbers as fresh matrices get', () => {
    const views = randomViews({ rows: 4, dim: 3, extra: 5, seed: 11 });
    for (const similarity of ['cosine', 'dot'] as const) {
      const loss = infoNce({ similarity, symmetric: true });
      const into = { anchors: noise(4, 3), positives: noise(4, 3), negatives: noise(5, 3) };
      const written = loss(views, into);
      expect(written.gradients.anchors).toBe(into.anchors);
      expect(written.gradients.positives).toBe(into.positives);
      expect(written.gradients.negatives).toBe(into.negatives);
      expect(written).toEqual(loss(views));
    }
  });

  it('leaves the views as they were', () => {
    const views = randomViews({ rows: 4, dim: 3, extra: 5, seed: 11 });
    infoNce({ symmetric: true })(views);
    expect(views).toEqual(randomViews({ rows: 4, dim: 3, extra: 5, seed: 11 }));
  });
});

describe('infoNce, corners', () => {
  it('is log(candidates) where all similarities are equal, and pulls nowhere', () => {
    const same = fromRows(Array.from({ length: 5 }, () => [0.3, -1, 2]));
    const { value, gradients } = infoNce()({ anchors: same, positives: same, negatives: same });
    expect(value).toBeCloseTo(Math.log(10), 6);
    expectClose(gradients.anchors.data, new Float32Array(15), 1e-6);
  });

  it('is 0 with no gradient where an anchor has no candidate but its positive', () => {
    const { anchors, positives } = randomViews({ rows: 3, dim: 2, extra: 0, seed: 12 });
    const nothing = { value: 0, terms: new Float32Array(3), active: 0 };
    const none = { anchors: matrix(3, 2), positives: matrix(3, 2) };
    const alone = infoNce({ symmetric: true })({ anchors, positives, labels: Int32Array.of(7, 7, 7) });
    expect(alone).toMatchObject(nothing);
    expectClose(alone.gradients.anchors.data, none.anchors.data, 0);
    expectClose(alone.gradients.positives.data, none.positives.data, 0);
    const oneRow = infoNce()({
      anchors: rowsBetween(anchors, 0, 1),
      positives: rowsBetween(positives, 0, 1),
    });
    expect(oneRow).toMatchObject({ value: 0, active: 0 });
    expectClose(oneRow.gradients.anchors.data, [0, 0], 0);
  });

  it('is 0 for no rows', () => {
    const empty = { anchors: matrix(0, 4), positives: matrix(0, 4) };
    expect(infoNce({ symmetric: true })(empty)).toMatchObject({ value: 0, active: 0 });
  });

  it('takes no negatives for an empty matrix of them', () => {
    const { anchors, positives } = randomViews({ rows: 3, dim: 2, extra: 0, seed: 13 });
    const [without, empty] = [
      infoNce()({ anchors, positives }),
      infoNce()({ anchors, positives, negatives: matrix(0, 2) }),
    ];
    expect(empty.value).toBe(without.value);
    expect(empty.gradients).toEqual({ ...without.gradients, negatives: matrix(0, 2) });
  });

  it('gives a zero row similarity 0 to everything and no gradient', () => {
    const anchors = fromRows([
      [0, 0],
      [1, 0],
    ]);
    const positives = fromRows([
      [3, 4],
      [0, 0],
    ]);
    // the first anchor has two candidates alike; the second has the cosine 0.6 to the wrong one and 0 to the right one
    const { terms, gradients } = infoNce({ temperature: 0.5 })({ anchors, positives });
    expectClose(terms ?? [], [Math.LN2, Math.log(1 + Math.exp(1.2))]);
    expectClose(row(gradients.anchors, 0), [0, 0], 0);
    expectClose(row(gradients.positives, 1), [0, 0], 0);
    expect(row(gradients.anchors, 1)[1]).toBeGreaterThan(0.1);
  });

  it('is finite at any temperature', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(0.001, 100), fc.boolean(), (shape, temperature, symmetric) => {
        expectFinite(infoNce({ temperature, symmetric })(randomViews(shape)));
      }),
    );
  });

  it('is finite at logits of ±10 000, and linear there', () => {
    const anchors = fromRows([[100], [-100]]);
    const positives = fromRows([[-100], [100]]);
    // each anchor prefers the other's positive by 20 000
    const { value, gradients } = infoNce({ ...plainDot, symmetric: true })({ anchors, positives });
    expect(value).toBe(20_000);
    expectClose(gradients.anchors.data, [100, -100], 0);
  });

  it('keeps its digits, and its slopes theirs, far below float64’s step at 1', () => {
    const anchors = fromRows([[5], [-5]]);
    // each anchor prefers its own positive by 50: log(1 + e⁻⁵⁰) is e⁻⁵⁰ = 1.9287498e-22, and the positives are 10 apart
    const { terms, gradients } = infoNce({ ...plainDot, reduction: 'sum' })({ anchors, positives: anchors });
    expectClose(terms?.map((term) => term * 1e22) ?? [], [1.9287498, 1.9287498], 1e-6);
    expectClose(scaled(gradients.anchors, 1e22).data, [-19.287498, 19.287498], 1e-6);
  });
});

describe('infoNce, refusals', () => {
  const views = randomViews({ rows: 2, dim: 3, extra: 3, seed: 14 });
  const cases: readonly (readonly [what: string, views: Views, sentence: string])[] = [
    [
      'positives of another count',
      { ...views, positives: matrix(3, 3) },
      'infoNce: positives.rows must be 2, got 3',
    ],
    [
      'positives of another width',
      { ...views, positives: matrix(2, 4) },
      'infoNce: positives.cols must be 3, got 4',
    ],
    [
      'negatives of another width',
      { ...views, negatives: matrix(3, 2) },
      'infoNce: negatives.cols must be 3, got 2',
    ],
    [
      'an anchor that is not finite',
      {
        ...views,
        anchors: fromRows([
          [1, 2, 3],
          [4, NaN, 6],
        ]),
      },
      'infoNce: anchors row 1 must be finite, got NaN in column 1',
    ],
    ['ids of another length', { ...views, ids: Uint32Array.of(1) }, 'infoNce: ids.length must be 2, got 1'],
    [
      'labels of another length',
      { ...views, labels: Int32Array.of(1) },
      'infoNce: labels.length must be 2, got 1',
    ],
    [
      'ids of negatives of another length',
      { ...views, negativeIds: Uint32Array.of(1) },
      'infoNce: negativeIds.length must be 3, got 1',
    ],
    [
      'owners of more negatives',
      { ...views, owned: Uint32Array.of(2, 2) },
      'infoNce: the sum of owned must be 3, got 4',
    ],
  ];
  for (const [what, wrong, sentence] of cases) {
    it(`refuses ${what}`, () => expect(() => infoNce()(wrong)).toThrow(new RangeError(sentence)));
  }

  it('refuses to guess who owns the negatives', () => {
    expect(() => infoNce({ negatives: 'own' })(views)).toThrow(
      new RangeError('infoNce: negatives.rows, where owned is not given, must be 2, got 3'),
    );
  });

  it('refuses a temperature that is not a finite number > 0', () => {
    for (const temperature of [0, -1, NaN, Infinity]) {
      expect(() => infoNce({ temperature })).toThrow(
        new RangeError(`infoNce: temperature must be a finite number > 0, got ${temperature}`),
      );
    }
  });
});

/** A loss of its learned scale alone. */
function learning(loss: (logScale: Matrix) => { value: number; gradients: { logScale?: number } }) {
  return ({ logScale }: { logScale: Matrix }) => {
    const { value, gradients } = loss(logScale);
    return { value, gradients: { logScale: fromRows([[gradients.logScale ?? NaN]]) } };
  };
}

/** Numbers below `bound`, which the key alone decides. */
function few(length: number, bound: number, ...key: readonly number[]): Uint32Array {
  const { below } = random(...key);
  return Uint32Array.from({ length }, () => below(bound));
}

function mean(x: Float32Array = new Float32Array(), y: Float32Array = x): Float32Array {
  return x.map((value, e) => (value + y[e]) / 2);
}

function expectFinite({
  value,
  terms = new Float32Array(),
  gradients,
}: ReturnType<ReturnType<typeof infoNce>>): void {
  const { anchors, positives, negatives } = gradients;
  expect(
    [value, ...terms, ...anchors.data, ...positives.data, ...(negatives?.data ?? [])].every(Number.isFinite),
  ).toBe(true);
}
