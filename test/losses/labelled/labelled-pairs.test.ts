import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Labelled, LabelledGradients } from '../../../src/core/batches.ts';
import { fromRows, gather, matrix } from '../../../src/core/matrix.ts';
import { circle } from '../../../src/losses/labelled/circle.ts';
import { contrastive } from '../../../src/losses/labelled/contrastive.ts';
import { decoupledContrastive } from '../../../src/losses/labelled/decoupled-contrastive.ts';
import { infoNce } from '../../../src/losses/views/info-nce.ts';
import { liftedStructure } from '../../../src/losses/labelled/lifted-structure.ts';
import { multiSimilarity } from '../../../src/losses/labelled/multi-similarity.ts';
import { ntXent } from '../../../src/losses/labelled/nt-xent.ts';
import type { PromisedLoss } from '../../../src/losses/promised.ts';
import { supCon } from '../../../src/losses/labelled/sup-con.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian } from '../../matrices.ts';

const losses: readonly [string, PromisedLoss<Labelled, LabelledGradients>][] = [
  ['supCon', supCon({ temperature: 0.5 })],
  ['ntXent', ntXent({ temperature: 0.5 })],
  ['decoupledContrastive', decoupledContrastive({ temperature: 0.5 })],
  ['multiSimilarity', multiSimilarity({ alpha: 2, beta: 5 })],
  ['circle', circle({ gamma: 4 })],
  ['liftedStructure', liftedStructure({ negativeMargin: 3 })],
  ['contrastive', contrastive({ negativeMargin: 3, reduction: 'mean' })],
];

const batch: Labelled = { embeddings: gaussian(9, 4, 1), labels: Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 5) };

/** Two items of two views: unit rows with similarities 0.6, 0.8 and 0. */
const byHand: Labelled = {
  embeddings: fromRows([
    [1, 0],
    [0.6, 0.8],
    [0, 1],
    [0.8, 0.6],
  ]),
  labels: Int32Array.of(4, 4, 9, 9),
};

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
