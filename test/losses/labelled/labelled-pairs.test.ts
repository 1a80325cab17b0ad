import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Labelled, LabelledGradients, References } from '../../../src/core/batches.ts';
import { fromRows, gather, type Matrix, matrix, stack } from '../../../src/core/matrix.ts';
import { batchAllTriplet } from '../../../src/losses/labelled/batch-all-triplet.ts';
import { batchHardTriplet } from '../../../src/losses/labelled/batch-hard-triplet.ts';
import { batchSemiHardTriplet } from '../../../src/losses/labelled/batch-semi-hard-triplet.ts';
import { circle } from '../../../src/losses/labelled/circle.ts';
import { contrastive } from '../../../src/losses/labelled/contrastive.ts';
import { decoupledContrastive } from '../../../src/losses/labelled/decoupled-contrastive.ts';
import { fastAp } from '../../../src/losses/labelled/fast-ap.ts';
import { infoNce } from '../../../src/losses/views/info-nce.ts';
import { generalizedLiftedStructure } from '../../../src/losses/labelled/generalized-lifted-structure.ts';
import { liftedStructure } from '../../../src/losses/labelled/lifted-structure.ts';
import { multiSimilarity } from '../../../src/losses/labelled/multi-similarity.ts';
import { nca } from '../../../src/losses/labelled/nca.ts';
import { nPairs } from '../../../src/losses/labelled/n-pairs.ts';
import { ntXent } from '../../../src/losses/labelled/nt-xent.ts';
import type { PromisedLoss } from '../../../src/losses/promised.ts';
import { supCon } from '../../../src/losses/labelled/sup-con.ts';
import { triplet } from '../../../src/losses/labelled/triplet.ts';
import { tupletMargin } from '../../../src/losses/labelled/tuplet-margin.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise, scaled } from '../../matrices.ts';
import { byHand } from './by-hand.ts';

const losses: readonly [string, PromisedLoss<Labelled, LabelledGradients>][] = [
  ['supCon', supCon({ temperature: 0.5 })],
  ['ntXent', ntXent({ temperature: 0.5 })],
  ['decoupledContrastive', decoupledContrastive({ temperature: 0.5 })],
  ['multiSimilarity', multiSimilarity({ alpha: 2, beta: 5 })],
  ['circle', circle({ gamma: 4 })],
  ['liftedStructure', liftedStructure({ negativeMargin: 3 })],
  ['contrastive', contrastive({ negativeMargin: 3, reduction: 'mean' })],
  ['generalizedLiftedStructure', generalizedLiftedStructure({ negativeMargin: 3 })],
  ['nca', nca({ scale: 0.5 })],
  ['tupletMargin', tupletMargin({ scale: 4 })],
  ['fastAp', fastAp({ bins: 2 })],
  ['batchAllTriplet', batchAllTriplet({ margin: 3 })],
  ['batchHardTriplet', batchHardTriplet({ margin: 'soft' })],
  ['batchSemiHardTriplet', batchSemiHardTriplet({ margin: 3 })],
  ['triplet', triplet({ softMargin: true })],
];

/** A batch and its references by name, both with a gradient. */
function withReferences(
  loss: PromisedLoss<Labelled, LabelledGradients>,
  labels: Int32Array,
  references: Omit<References, 'embeddings'>,
) {
  return (given: { embeddings: Matrix; references: Matrix }) => {
    const into = { references: noise(given.references.rows, given.references.cols) };
    const { embeddings } = given;
    const found = loss(
      { embeddings, labels, references: { ...references, embeddings: given.references } },
      into,
    );
    return { ...found, gradients: { embeddings: found.gradients.embeddings, ...into } };
  };
}

const batch: Labelled = { embeddings: gaussian(9, 4, 1), labels: Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 5) };

for (const [name, loss] of losses) {
  describe(`the loss ${name}`, () => {
    // its paces are constants of the gradient, which finite differences do not know
    it.skipIf(name === 'circle')(
      'has the gradient of its value (circle: by its reference cases, whose paces are constant)',
      () => {
        expectGradient(loss, { ...batch, embeddings: gaussian(9, 4, 1) }, ['embeddings']);
        expectSignsMatter(loss, { ...batch, embeddings: gaussian(9, 4, 1) }, ['embeddings']);
      },
    );

    it.skipIf(name === 'circle')(
      'has the gradient of its value along references too, beside the batch or alone',
      () => {
        for (const alone of [false, true]) {
          const named = withReferences(loss, batch.labels, { labels: Int32Array.of(0, 1, 5, 2, 7), alone });
          const given = { embeddings: gaussian(9, 4, 1), references: gaussian(5, 4, 2) };
          expectGradient(named, given, ['embeddings', 'references']);
          expectSignsMatter(named, given, ['embeddings', 'references']);
        }
      },
    );

    // a reference brings no negatives of its own
    it.skipIf(name === 'liftedStructure')(
      'of a batch against its own copy alone is that of the batch, by ids',
      () => {
        const [embeddings, references] = [gaussian(40, 4, 3), gaussian(40, 4, 3)];
        const labels = Int32Array.from({ length: 40 }, (_, i) => i % 7);
        const ids = Uint32Array.from({ length: 40 }, (_, i) => 90 - i);
        const into = { references: noise(40, 4) };
        const own = loss({ embeddings, labels });
        const copied = loss(
          { embeddings, labels, ids, references: { embeddings: references, labels, ids, alone: true } },
          into,
        );
        expectClose([copied.value], [own.value], 1e-5);
        expect(copied.active).toBe(own.active);
        const both = copied.gradients.embeddings.data.map((slope, e) => slope + into.references.data[e]);
        expectClose(both, own.gradients.embeddings.data, 1e-5);
      },
    );

    it('leaves references without a gradient that is not asked for, and takes none of them for nothing', () => {
      const none = { embeddings: matrix(0, 4), labels: new Int32Array() };
      const beside = loss({ ...batch, references: none });
      expect(beside.gradients.references).toBeUndefined();
      expect(beside.value).toBe(loss(batch).value);
      const { value, active, gradients } = loss({ ...batch, references: { ...none, alone: true } });
      expect([value, active]).toEqual([0, 0]);
      expectClose(gradients.embeddings.data, new Float32Array(36), 0);
    });

    it('does not depend on the order of rows, nor on the names of labels', () => {
      fc.assert(
        fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 9 }), (order) => {
          const moved = loss({
            embeddings: gather(batch.embeddings, order),
            labels: Int32Array.from(order, (i) => 100 - 7 * batch.labels[i]),
          });
          const straight = loss(batch);
          expectClose([moved.value], [straight.value], 1e-6);
          const expected = gather(straight.gradients.embeddings, order);
          expectClose(moved.gradients.embeddings.data, expected.data, 1e-5);
        }),
      );
    });

    it('is promised to the bit, into what it was handed', async () => {
      const into = { embeddings: matrix(9, 4) };
      const [now, later] = [loss(batch), await loss.later(batch, into)];
      expect(later.value).toBe(now.value);
      expect(later.gradients.embeddings).toBe(into.embeddings);
      expect(into.embeddings.data).toEqual(now.gradients.embeddings.data);
    });

    it('has a defined answer where there is little to learn from', () => {
      const degenerate: Labelled[] = [
        { embeddings: matrix(0, 3), labels: new Int32Array() },
        { embeddings: gaussian(1, 3, 1), labels: Int32Array.of(1) },
        { embeddings: gaussian(4, 3, 1), labels: Int32Array.of(1, 2, 3, 4) },
        { embeddings: gaussian(4, 3, 1), labels: Int32Array.of(1, 1, 1, 1) },
        { embeddings: matrix(4, 3), labels: Int32Array.of(1, 1, 2, 2) },
        {
          embeddings: fromRows([
            [1, 2],
            [1, 2],
            [1, 2],
            [1, 2],
          ]),
          labels: Int32Array.of(1, 1, 2, 2),
        },
      ];
      for (const each of degenerate) {
        const { value, gradients, active } = loss(each);
        expect(Number.isFinite(value)).toBe(true);
        expect(gradients.embeddings.data.every(Number.isFinite)).toBe(true);
        if (each.embeddings.rows < 2) expect([value, active]).toEqual([0, 0]);
      }
    });

    it('refuses what does not fit in one sentence', () => {
      expect(() => loss({ ...batch, labels: Int32Array.of(1) })).toThrow(
        new RangeError(`${name}: labels.length must be 9, got 1`),
      );
      const spoilt = gaussian(9, 4, 1);
      spoilt.data[7] = NaN;
      expect(() => loss({ ...batch, embeddings: spoilt })).toThrow(/embeddings.*finite.*NaN/);
    });
  });
}

describe('supCon', () => {
  it('is, worked by hand, log of the sum over all others less the positive', () => {
    // rows 0 and 1: 0.6; 0 and 2: 0; 0 and 3: 0.8; 1 and 2: 0.8; 1 and 3: 0.96; 2 and 3: 0.6
    const logs = [
      Math.log(Math.exp(0.6) + Math.exp(0) + Math.exp(0.8)) - 0.6,
      Math.log(Math.exp(0.6) + Math.exp(0.8) + Math.exp(0.96)) - 0.6,
      Math.log(Math.exp(0.6) + Math.exp(0) + Math.exp(0.8)) - 0.6,
      Math.log(Math.exp(0.6) + Math.exp(0.8) + Math.exp(0.96)) - 0.6,
    ];
    const { value, terms } = supCon({ temperature: 1, similarity: 'dot' })(byHand);
    expectClose(terms ?? [], logs, 1e-6);
    expectClose([value], [logs.reduce((sum, log) => sum + log) / 4], 1e-6);
  });

  it('of pairs is ntXent, which has a term a positive', () => {
    const views = {
      embeddings: gaussian(60, 7, 3),
      labels: Int32Array.from({ length: 60 }, (_, i) => i % 30),
    };
    const [all, single] = [supCon({ temperature: 0.1 })(views), ntXent({ temperature: 0.1 })(views)];
    expectClose([all.value], [single.value], 1e-6);
    expectClose(all.gradients.embeddings.data, single.gradients.embeddings.data, 1e-6);
  });
});

describe('supCon, as pytorch-metric-learning has it', () => {
  const oneLabel = { embeddings: byHand.embeddings, labels: Int32Array.of(3, 3, 3, 3) };

  it('has no terms without negatives where they are needed, and draws positives together where they are not', () => {
    const { value, active, gradients } = supCon({ needsNegatives: true })(oneLabel);
    expect([value, active]).toEqual([0, 0]);
    expectClose(gradients.embeddings.data, new Float32Array(8), 0);
    expect(supCon()(oneLabel).value).toBeGreaterThan(Math.log(3));
    expect(supCon({ needsNegatives: true })(byHand).value).toBe(supCon()(byHand).value);
  });

  it('takes a distance for a similarity, less the nearer', () => {
    // chords of 0.6, 0 and 0.8 from row 0
    const [positive, across, along] = [0.6, 0, 0.8].map((s) => -Math.sqrt(2 - 2 * s));
    const term = Math.log(Math.exp(positive) + Math.exp(across) + Math.exp(along)) - positive;
    expectClose(
      supCon({ temperature: 1, similarity: 'chord' })(byHand).terms?.subarray(0, 1) ?? [],
      [term],
      1e-6,
    );
  });

  it('counts as active no term that float64 loses beside its logits', () => {
    const far = {
      embeddings: fromRows([
        [1, 0],
        [1, 0],
        [-1, 0],
        [-1, 0.1],
      ]),
      labels: Int32Array.of(0, 0, 1, 1),
    };
    // logits 100 and -100: exp(-200) is above zero, but not beside 100
    expect(supCon({ temperature: 0.01 })(far).active).toBe(0);
    expect(supCon({ temperature: 1 })(far).active).toBe(4);
  });

  it('per anchor is over all anchors, the mean over those that have a positive', () => {
    const some = { ...byHand, labels: Int32Array.of(4, 4, 9, 8) };
    const mean = supCon({ temperature: 1 })(some).value;
    expectClose([supCon({ temperature: 1, reduction: 'perAnchor' })(some).value], [mean / 2], 1e-6);
  });
});

describe('class weights', () => {
  const classWeights = [0.5, 3, 0, 1, 1, 2];
  const weighted: readonly [
    string,
    PromisedLoss<Labelled, LabelledGradients>,
    PromisedLoss<Labelled, LabelledGradients>,
  ][] = [
    ['ntXent', ntXent({ reduction: 'sum' }), ntXent({ reduction: 'sum', classWeights })],
    ['circle', circle({ reduction: 'sum' }), circle({ reduction: 'sum', classWeights })],
    [
      'contrastive',
      contrastive({ negativeMargin: 3, reduction: 'sum' }),
      contrastive({ negativeMargin: 3, reduction: 'sum', classWeights }),
    ],
    [
      'liftedStructure',
      liftedStructure({ reduction: 'sum' }),
      liftedStructure({ reduction: 'sum', classWeights }),
    ],
    ['nca', nca({ reduction: 'sum' }), nca({ reduction: 'sum', classWeights })],
    ['fastAp', fastAp({ reduction: 'sum' }), fastAp({ reduction: 'sum', classWeights })],
    [
      'batchAllTriplet',
      batchAllTriplet({ reduction: 'sum' }),
      batchAllTriplet({ reduction: 'sum', classWeights }),
    ],
  ];
  it.each(weighted)('multiply the terms of %s by what the anchor’s label weighs', (_, without, loss) => {
    const terms = Array.from(without(batch).terms ?? [], (term, i) => classWeights[batch.labels[i]] * term);
    expectClose(loss(batch).terms ?? [], terms, 1e-5);
    expectClose([loss(batch).value], [terms.reduce((sum, term) => sum + term)], 1e-5);
  });

  it('have the gradient of the value, per anchor too', () => {
    for (const reduction of ['mean', 'perAnchor'] as const) {
      for (const loss of [
        contrastive({ negativeMargin: 3, reduction, classWeights }),
        ntXent({ temperature: 0.5, reduction, classWeights, similarity: 'squaredChord' }),
        multiSimilarity({ alpha: 2, beta: 5, reduction, classWeights }),
        tupletMargin({ scale: 4, reduction, classWeights }),
        batchAllTriplet({ margin: 3, reduction, classWeights }),
      ]) {
        expectGradient(loss, { ...batch, embeddings: gaussian(9, 4, 1) }, ['embeddings']);
      }
    }
    const lifted = liftedStructure({ negativeMargin: 3, classWeights });
    expectGradient(lifted, { ...batch, embeddings: gaussian(9, 4, 1) }, ['embeddings']);
  });

  it('are refused where one is below 0 or a label has none', () => {
    expect(() => supCon({ classWeights: [1, NaN] })).toThrow(
      new RangeError('supCon: classWeights[1] must be a finite number >= 0, got NaN'),
    );
    expect(() => supCon({ classWeights: [1] })(byHand)).toThrow(
      new RangeError('supCon: labels[0] must be a class in [0, 1), got 4'),
    );
  });
});

describe('contrastive, per anchor', () => {
  it('is, worked by hand, the mean of each anchor’s pairs over all anchors, of positives and negatives apart', () => {
    // similarities 0.6, 0, 0.8, 0.8, 0.96, 0.6; of row 3 there is no positive
    const labels = Int32Array.of(0, 0, 0, 1);
    const { value } = contrastive({
      positiveMargin: 1,
      negativeMargin: 0,
      geometry: 'cosine',
      reduction: 'perAnchor',
    })({ embeddings: byHand.embeddings, labels });
    const positives = ((0.4 + 1) / 2 + (0.4 + 0.2) / 2 + (1 + 0.2) / 2 + 0) / 4;
    const negatives = (0.8 + 0.96 + 0.6 + (0.8 + 0.96 + 0.6) / 3) / 4;
    expectClose([value], [positives + negatives], 1e-6);
  });
});

describe('generalizedLiftedStructure', () => {
  it('is, worked by hand, the sum of two logarithms, of which an empty one is 0', () => {
    const euclidean = fromRows([[0], [2], [3], [7]]);
    const at = (labels: number[]) =>
      generalizedLiftedStructure({ geometry: 'euclidean', negativeMargin: 1, positiveMargin: 0.5 })({
        embeddings: euclidean,
        labels: Int32Array.from(labels),
      }).terms ?? new Float32Array();
    const log = (...exponents: number[]) => Math.log(exponents.reduce((sum, x) => sum + Math.exp(x), 0));
    const expected = [
      log(2 - 0.5) + log(1 - 3, 1 - 7),
      log(2 - 0.5) + log(1 - 1, 1 - 5),
      Math.max(0, log(1 - 3, 1 - 1, 1 - 4)),
      Math.max(0, log(1 - 7, 1 - 5, 1 - 4)),
    ].map((term) => Math.max(0, term));
    expectClose(at([4, 4, 5, 6]), expected, 1e-6);
    expectClose(at([4, 4, 4, 4]).subarray(0, 1), [log(1.5, 2.5, 6.5)], 1e-6);
  });
});

describe('rows of one direction', () => {
  it('have no slope between them by a distance of unit rows, whatever their lengths', () => {
    const once = gaussian(20, 7, 1);
    const embeddings = stack(once, scaled(once, 2), scaled(once, 8));
    const labels = Int32Array.from({ length: 60 }, (_, i) => i % 20);
    for (const geometry of ['chord', 'squaredChord'] as const) {
      for (const loss of [
        batchHardTriplet({ margin: 0.01, geometry, reduction: 'sum' }),
        nPairs({ geometry, reduction: 'sum' }),
      ]) {
        const { gradients } = loss({ embeddings, labels });
        expect(gradients.embeddings.data.every((slope) => Math.abs(slope) < 20)).toBe(true);
      }
      const { value, gradients } = contrastive({ negativeMargin: 0, geometry })({ embeddings, labels });
      expect(value).toBe(0);
      expectClose(gradients.embeddings.data, new Float32Array(420), 0);
    }
  });
});

describe('references', () => {
  it('are refused where they do not fit', () => {
    const references = { embeddings: gaussian(2, 4, 1), labels: Int32Array.of(1, 2) };
    const refusals: readonly [Labelled, string][] = [
      [
        { ...batch, references: { ...references, embeddings: gaussian(2, 3, 1) } },
        'references.embeddings.cols must be 4, got 3',
      ],
      [
        { ...batch, references: { ...references, labels: Int32Array.of(1) } },
        'references.labels.length must be 2, got 1',
      ],
      [
        { ...batch, references: { ...references, ids: Uint32Array.of(1) } },
        'references.ids.length must be 2, got 1',
      ],
      [{ ...batch, ids: Uint32Array.of(1), references }, 'ids.length must be 9, got 1'],
    ];
    for (const [wrong, sentence] of refusals) {
      expect(() => supCon()(wrong)).toThrow(new RangeError(`supCon: ${sentence}`));
    }
  });
});

describe('decoupledContrastive', () => {
  it('is, worked by hand, log of the sum over negatives less the positive', () => {
    const logs = [
      Math.log(Math.exp(0) + Math.exp(0.8)) - 0.6,
      Math.log(Math.exp(0.8) + Math.exp(0.96)) - 0.6,
      Math.log(Math.exp(0) + Math.exp(0.8)) - 0.6,
      Math.log(Math.exp(0.8) + Math.exp(0.96)) - 0.6,
    ];
    const { terms } = decoupledContrastive({ temperature: 1 })(byHand);
    expectClose(terms ?? [], logs, 1e-6);
  });
});

describe('infoNce', () => {
  it('is promised to the bit, and leaves the event loop free', async () => {
    const views = { anchors: gaussian(1500, 64, 1), positives: gaussian(1500, 64, 2) };
    const loss = infoNce({ symmetric: true });
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const later = await loss.later(views);
    clearInterval(timer);
    expect(later.gradients.anchors.data).toEqual(loss(views).gradients.anchors.data);
    expect(turns).toBeGreaterThan(0);
  });
});
