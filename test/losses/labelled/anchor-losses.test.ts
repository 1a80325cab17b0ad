import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Labelled, LabelledGradients } from '../../../src/core/batches.ts';
import { fromRows, gather, matrix, stack } from '../../../src/core/matrix.ts';
import { angular } from '../../../src/losses/labelled/angular.ts';
import { batchAllTriplet } from '../../../src/losses/labelled/batch-all-triplet.ts';
import { batchHardTriplet } from '../../../src/losses/labelled/batch-hard-triplet.ts';
import { batchSemiHardTriplet } from '../../../src/losses/labelled/batch-semi-hard-triplet.ts';
import { fastAp } from '../../../src/losses/labelled/fast-ap.ts';
import { intraPairVariance } from '../../../src/losses/labelled/intra-pair-variance.ts';
import { marginLoss } from '../../../src/losses/labelled/margin-loss.ts';
import { nca } from '../../../src/losses/labelled/nca.ts';
import { nPairs } from '../../../src/losses/labelled/n-pairs.ts';
import { snrContrastive } from '../../../src/losses/labelled/snr-contrastive.ts';
import { tupletMargin } from '../../../src/losses/labelled/tuplet-margin.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise, scaled } from '../../matrices.ts';
import { byHand } from './by-hand.ts';

type LabelledLoss = Loss<Labelled, LabelledGradients>;

/** Smooth, or far from every hinge whatever the rows. */
const smooth: readonly [string, LabelledLoss][] = [
  ['angular', angular()],
  ['angular', angular({ negatives: 'raw', alpha: 30, reduction: 'sum' })],
  ['tupletMargin', tupletMargin({ scale: 4 })],
  ['nca', nca()],
  ['nca', nca({ scale: 0.1, geometry: 'euclidean' })],
  ['nPairs', nPairs()],
  ['nPairs', nPairs({ geometry: 'chord' })],
  ['batchAllTriplet', batchAllTriplet({ margin: 100, reduction: 'mean' })],
  ['marginLoss', marginLoss({ margin: 100, geometry: 'euclidean' })],
  ['marginLoss', marginLoss({ margin: 100, geometry: 'cosine', reduction: 'mean' })],
  ['snrContrastive', snrContrastive({ positiveMargin: -1, negativeMargin: 1e4 })],
  ['snrContrastive', snrContrastive({ positiveMargin: -1, negativeMargin: 1e4, normalized: false })],
];

/** Of choices and hinges. */
const chosen: readonly [string, LabelledLoss][] = [
  ['fastAp', fastAp({ bins: 2 })],
  ['intraPairVariance', intraPairVariance({ positiveSlack: 0.1, negativeSlack: 0.2 })],
  ['batchAllTriplet', batchAllTriplet()],
  ['batchHardTriplet', batchHardTriplet({ margin: 1 })],
  ['batchHardTriplet', batchHardTriplet({ margin: 'soft', geometry: 'chord', anchors: 'all' })],
  ['batchSemiHardTriplet', batchSemiHardTriplet({ margin: 1, geometry: 'euclidean' })],
  ['marginLoss', marginLoss()],
  ['snrContrastive', snrContrastive()],
];

const losses = [...smooth, ...chosen];

const labels = Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 5, 0, 1, 2);

describe('losses of one anchor against all rows', () => {
  it.each(losses)('%s has the gradient of its value', (_, loss) => {
    // rows at which no choice and no hinge of these is near enough for a step to cross it
    const batch = () => ({ embeddings: gaussian(6, 4, 73), labels: Int32Array.of(0, 1, 0, 1, 0, 2) });
    expectGradient(loss, batch(), ['embeddings']);
    expectSignsMatter(loss, batch(), ['embeddings']);
  });

  it.each(smooth)('%s has the gradient of its value at any shape', (_, loss) => {
    const shapes = fc.record({
      // two rows of each of two labels, and what comes
      labels: fc
        .array(fc.integer({ min: -1, max: 2 }), { maxLength: 6 })
        .map((more) => Int32Array.of(0, 1, 0, 1, ...more)),
      dim: fc.integer({ min: 3, max: 5 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(shapes, (shape) => {
        const embeddings = gaussian(shape.labels.length, shape.dim, shape.seed);
        expectGradient(loss, { embeddings, labels: shape.labels }, ['embeddings']);
      }),
      { numRuns: 10 },
    );
  });

  it.each(losses.filter(([name]) => name !== 'nPairs'))(
    '%s does not depend on the order of rows, nor on the names of labels',
    (_, loss) => {
      const batch = { embeddings: gaussian(12, 5, 7), labels };
      const straight = loss(batch);
      const everyRow = Array.from(labels.keys());
      fc.assert(
        fc.property(fc.shuffledSubarray(everyRow, { minLength: labels.length }), (order) => {
          const moved = loss({
            embeddings: gather(batch.embeddings, order),
            labels: Int32Array.from(order, (i) => 100 - 7 * labels[i]),
          });
          expectClose([moved.value], [straight.value], 1e-6);
          expect(moved.active).toBe(straight.active);
          expectClose(
            moved.gradients.embeddings.data,
            gather(straight.gradients.embeddings, order).data,
            1e-5,
          );
          const terms = order.map((i) => straight.terms?.[i] ?? NaN);
          expectClose(moved.terms ?? [], terms, 1e-5);
        }),
        { numRuns: 10 },
      );
    },
  );

  it.each(losses)('%s lists a term for each anchor', (name, loss) => {
    const { terms } = loss({ embeddings: gaussian(12, 5, 7), labels });
    // of nPairs, for each label of two rows
    expect(terms?.length).toBe(name === 'nPairs' ? 3 : 12);
    expect(terms?.some((term) => term > 0)).toBe(true);
  });

  it.each(losses)('%s writes over what it was handed', (_, loss) => {
    const batch = { embeddings: gaussian(12, 5, 7), labels };
    const into = { embeddings: noise(12, 5) };
    const { gradients } = loss(batch, into);
    expect(gradients.embeddings).toBe(into.embeddings);
    expect(into.embeddings.data).toEqual(loss(batch).gradients.embeddings.data);
  });

  it.each(losses)('%s has a defined answer where there is little to learn from', (_, loss) => {
    const same = fromRows([
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    const degenerate: Labelled[] = [
      { embeddings: matrix(0, 3), labels: new Int32Array() },
      { embeddings: gaussian(1, 3, 1), labels: Int32Array.of(1) },
      { embeddings: gaussian(4, 3, 1), labels: Int32Array.of(1, 2, 3, 4) },
      { embeddings: gaussian(4, 3, 1), labels: Int32Array.of(1, 1, 1, 1) },
      { embeddings: matrix(4, 3), labels: Int32Array.of(1, 1, 2, 2) },
      { embeddings: same, labels: Int32Array.of(1, 1, 2, 2) },
      { embeddings: scaled(gaussian(4, 3, 1), 1e4), labels: Int32Array.of(1, 1, 2, 2) },
      { embeddings: gaussian(4, 1, 1), labels: Int32Array.of(1, 1, 2, 2) },
    ];
    for (const each of degenerate) {
      const { value, gradients } = loss(each);
      expect(value).toSatisfy(Number.isFinite);
      expect(gradients.embeddings.data.every(Number.isFinite)).toBe(true);
      if (each.embeddings.rows < 2)
        expect(gradients.embeddings.data.every((slope) => slope === 0)).toBe(true);
    }
  });

  it.each(losses)('%s refuses what does not fit in one sentence', (name, loss) => {
    expect(() => loss({ embeddings: gaussian(9, 4, 1), labels: Int32Array.of(1) })).toThrow(
      new RangeError(`${name}: labels.length must be 9, got 1`),
    );
    const spoilt = gaussian(12, 4, 1);
    spoilt.data[7] = NaN;
    expect(() => loss({ embeddings: spoilt, labels })).toThrow(
      new RangeError(`${name}: embeddings row 1 must be finite, got NaN in column 3`),
    );
  });

  it('refuses options that mean nothing', () => {
    const refused: readonly [() => unknown, string][] = [
      [() => angular({ alpha: 90 }), 'angular: alpha must be a number of degrees in (0, 90), got 90'],
      [() => tupletMargin({ scale: 0 }), 'tupletMargin: scale must be a finite number > 0, got 0'],
      [() => tupletMargin({ margin: NaN }), 'tupletMargin: margin must be a finite number, got NaN'],
      [() => nca({ scale: -1 }), 'nca: scale must be a finite number > 0, got -1'],
      [() => fastAp({ bins: 0 }), 'fastAp: bins must be a whole number >= 1, got 0'],
      [
        () => batchHardTriplet({ margin: -1 }),
        'batchHardTriplet: margin must be a finite number >= 0, got -1',
      ],
      [
        () => batchAllTriplet({ margin: NaN }),
        'batchAllTriplet: margin must be a finite number >= 0, got NaN',
      ],
      [
        () => batchSemiHardTriplet({ margin: -1 }),
        'batchSemiHardTriplet: margin must be a finite number >= 0, got -1',
      ],
      [
        () => intraPairVariance({ positiveSlack: -1 }),
        'intraPairVariance: positiveSlack must be a finite number >= 0, got -1',
      ],
      [
        () => snrContrastive({ negativeMargin: Infinity }),
        'snrContrastive: negativeMargin must be a finite number, got Infinity',
      ],
    ];
    for (const [make, sentence] of refused) expect(make).toThrow(new RangeError(sentence));
  });
});

describe('angular, by hand', () => {
  it('is of 45°, where tan² is 1, log(1 + Σ exp(4 (a + p) · n - 4 a · p))', () => {
    // of rows 0 and 1: (a + p) · n is 0.8 and 1.76, a · p is 0.6; the same of rows 2 and 3
    const term = Math.log(1 + Math.exp(0.8) + Math.exp(4.64));
    const { value, terms, active } = angular({ alpha: 45 })(byHand);
    expect(value).toBeCloseTo(term, 5);
    expectClose(terms ?? [], [term, term, term, term], 1e-6);
    expect(active).toBe(4);
  });

  it('sees raw negatives at their length', () => {
    const doubled = { ...byHand, embeddings: scaled(byHand.embeddings, 2) };
    const term = Math.log(1 + Math.exp(4 * 1.6 - 2.4) + Math.exp(4 * 3.52 - 2.4));
    expect(angular({ alpha: 45, negatives: 'raw' })(doubled).value).toBeCloseTo(term, 4);
    expect(angular({ alpha: 45 })(doubled).value).toBeCloseTo(
      Math.log(1 + Math.exp(0.8) + Math.exp(4.64)),
      5,
    );
  });

  it.each([10, 250])(
    'takes labels of a block and of several in the same way, each row %d times',
    (copies) => {
      const order = Array.from({ length: 4 * copies }, (_, i) => i % 4);
      const many = {
        embeddings: gather(byHand.embeddings, order),
        labels: Int32Array.from(order, (i) => byHand.labels[i]),
      };
      const apart = Math.log(1 + copies * (Math.exp(0.8) + Math.exp(4.64)));
      // (a + p) is twice a row, and a · p is 1, where the two are the same
      const same = [
        Math.log(1 + copies * (Math.exp(-4) + Math.exp(4 * 1.6 - 4))),
        Math.log(1 + copies * (Math.exp(4 * 1.6 - 4) + Math.exp(4 * 1.92 - 4))),
      ];
      const { value, active, gradients } = angular({ alpha: 45, reduction: 'sum' })(many);
      // of each of the two labels the pairs that are apart, in both orders, and those of each of its two rows
      const sum = 2 * (2 * copies ** 2 * apart + copies * (copies - 1) * (same[0] + same[1]));
      expect(value / sum).toBeCloseTo(1, 5);
      expect(active).toBe(4 * copies * (2 * copies - 1));
      const each = gather(gradients.embeddings, [0, 1, 2, 3]);
      expectClose(gradients.embeddings.data, gather(each, order).data, 1e-5);
    },
  );

  it('has the gradient of its value where the nearest negatives of two rows are far apart', () => {
    // rows see raw negatives at inner products from -200 to 200: of exp no float32 product is left
    const batch = () => ({
      embeddings: scaled(gaussian(8, 4, 5), 30),
      labels: Int32Array.of(0, 1, 0, 1, 0, 2, 3, 1),
    });
    const loss = angular({ alpha: 60, negatives: 'raw' });
    expectGradient(loss, batch(), ['embeddings']);
    expectSignsMatter(loss, batch(), ['embeddings']);
  });
});

describe('tupletMargin, by hand', () => {
  it('is log(1 + Σ exp(cos θ_an - cos(θ_ap - 30°)))', () => {
    // cos(θ - 30°) = 0.6 · 0.8660254 + 0.8 · 0.5
    const near = 0.91961524;
    const first = Math.log(1 + Math.exp(0 - near) + Math.exp(0.8 - near));
    const second = Math.log(1 + Math.exp(0.8 - near) + Math.exp(0.96 - near));
    const { value, terms } = tupletMargin({ margin: 30, scale: 1 })(byHand);
    expectClose(terms ?? [], [first, second, first, second], 1e-6);
    expect(value).toBeCloseTo((first + second) / 2, 6);
  });

  it('pulls at positives that are all but the same', () => {
    const embeddings = fromRows([
      [1, 0],
      [1, 1e-3],
      [0, 1],
    ]);
    const { gradients } = tupletMargin({ margin: 30, scale: 1 })({
      embeddings,
      labels: Int32Array.of(1, 1, 2),
    });
    // of either anchor: along θ = 1e-3 the slope of cos(θ - 30°), and how much its term weighs it
    const near = Math.cos(1e-3 - Math.PI / 6);
    const along = -Math.sin(1e-3 - Math.PI / 6);
    const weights = [0, 1e-3].map((cosine) => 1 / (1 + Math.exp(near - cosine)));
    // row 0 turned toward row 1 has θ less in both terms, and is as much nearer to the negative in its own
    const expected = (along * (weights[0] + weights[1]) + weights[0]) / 2;
    expect(gradients.embeddings.data[1]).toBeCloseTo(expected, 4);
  });
});

describe('nca, by hand', () => {
  it('is -log of the share that positives have of exp(-d²)', () => {
    // squared distances of unit rows are 2 - 2 cos
    const first = -Math.log(Math.exp(-0.8) / (Math.exp(-0.8) + Math.exp(-2) + Math.exp(-0.4)));
    const second = -Math.log(Math.exp(-0.8) / (Math.exp(-0.8) + Math.exp(-0.4) + Math.exp(-0.08)));
    const { value, terms } = nca()(byHand);
    expectClose(terms ?? [], [first, second, first, second], 1e-6);
    expect(value).toBeCloseTo((first + second) / 2, 6);
  });

  it('has a term of an anchor whose likelihood is no number', () => {
    const far = { ...byHand, embeddings: scaled(byHand.embeddings, 100) };
    // d² is ten thousand times as much: row 0 has 8000 to its positive and 4000 to the nearest negative
    const { terms } = nca({ geometry: 'euclidean' })(far);
    expectClose(terms ?? [], [4000, 7200, 4000, 7200], 1e-5);
  });
});

describe('fastAp, by hand', () => {
  it('is 1 less the precision of histograms, of four bins a squared distance of 1 apart', () => {
    // row 0: h = 0.2, 0.8 in the bins at 0 and 1, of 0.8 and 2 rows in all; row 1: the same h, of 1.72 and 3
    const first = 1 - ((0.2 * 0.2) / 0.8 + 0.8 / 2);
    const second = 1 - ((0.2 * 0.2) / 1.72 + 0.8 / 3);
    const { value, terms, active } = fastAp({ bins: 4 })(byHand);
    expectClose(terms ?? [], [first, second, first, second], 1e-6);
    expect(value).toBeCloseTo((first + second) / 2, 6);
    expect(active).toBe(4);
  });
});

describe('nPairs, by hand', () => {
  it('sets the first two rows of each label against those of the others', () => {
    const more = {
      embeddings: stack(
        byHand.embeddings,
        fromRows([
          [5, 5],
          [7, 7],
        ]),
      ),
      labels: Int32Array.of(4, 4, 9, 9, 4, 1),
    };
    // s(a, p) is 0.6 of both labels, s of the other's positive is 0.8
    const { value, terms, gradients } = nPairs()(more);
    expectClose(terms ?? [], [Math.log(1 + Math.exp(0.2)), Math.log(1 + Math.exp(0.2))], 1e-6);
    expect(value).toBeCloseTo(Math.log(1 + Math.exp(0.2)), 6);
    expectClose(gradients.embeddings.data.subarray(8), [0, 0, 0, 0]);
    const chord = nPairs({ geometry: 'chord' })(more);
    expect(chord.value).toBeCloseTo(Math.log(1 + Math.exp(Math.sqrt(0.8) - Math.sqrt(0.4))), 6);
  });
});

describe('snrContrastive, by hand', () => {
  it('measures variances of differences by the variance of the anchor', () => {
    const batch = {
      embeddings: fromRows([
        [1, -1],
        [2, -2],
        [0, 4],
      ]),
      labels: Int32Array.of(1, 1, 2),
    };
    // variances 2, 8, 8; of the differences 2 (rows 0, 1), 18 (0, 2), 32 (1, 2)
    const { value, terms, active } = snrContrastive({
      positiveMargin: 0.5,
      negativeMargin: 5,
      normalized: false,
    })(batch);
    expectClose(terms ?? [], [1 - 0.5, 5 - 4, 5 - 2.25 + (5 - 4)], 1e-6);
    expect(value).toBeCloseTo(0.5 + (2.75 + 1 + 1) / 3, 6);
    expect(active).toBe(4);
  });

  it('is finite where an anchor has next to no signal', () => {
    const embeddings = fromRows([
      [1e-20, 2e-20],
      [1, 3],
      [-2, 2],
    ]);
    const { value, gradients } = snrContrastive({ normalized: false })({
      embeddings,
      labels: Int32Array.of(1, 1, 2),
    });
    expect([value, ...gradients.embeddings.data].every(Number.isFinite)).toBe(true);
  });

  it('has no pairs of an anchor without a signal, which is still heard by others', () => {
    const batch = {
      embeddings: fromRows([
        [3, 3],
        [1, -1],
      ]),
      labels: Int32Array.of(1, 1),
    };
    const { terms } = snrContrastive({ normalized: false })(batch);
    expectClose(terms ?? [], [0, 1], 1e-6);
  });
});

describe('intraPairVariance, by hand', () => {
  it('squares how far similarities are past their mean', () => {
    // positives 0.6, 0 and 0.8; negatives 0.8, 0.96 and 0.6: each in both orders
    const batch = { ...byHand, labels: Int32Array.of(0, 0, 0, 1) };
    const [near, far] = [1.4 / 3, 2.36 / 3];
    const { value, active } = intraPairVariance({ positiveSlack: 0, negativeSlack: 0 })(batch);
    expect(value).toBeCloseTo((near ** 2 + (0.8 - far) ** 2 + (0.96 - far) ** 2) / 3, 6);
    expect(active).toBe(6);
    const slack = intraPairVariance({ positiveSlack: 0.5, negativeSlack: 0.5 })(batch);
    expect(slack.value).toBeCloseTo((near / 2) ** 2 / 3, 6);
  });
});
