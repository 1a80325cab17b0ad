import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Proxied, ProxiedGradients } from '../../../src/core/batches.ts';
import { fromRows, matrix, row } from '../../../src/core/matrix.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { arcFace } from '../../../src/losses/proxies/arc-face.ts';
import { cosFace } from '../../../src/losses/proxies/cos-face.ts';
import { normalizedSoftmax } from '../../../src/losses/proxies/normalized-softmax.ts';
import { proxyAnchor } from '../../../src/losses/proxies/proxy-anchor.ts';
import { proxyNca } from '../../../src/losses/proxies/proxy-nca.ts';
import { softTriple } from '../../../src/losses/proxies/soft-triple.ts';
import { sphereFace } from '../../../src/losses/proxies/sphere-face.ts';
import { subCenterArcFace } from '../../../src/losses/proxies/sub-center-arc-face.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, scaled } from '../../matrices.ts';

/** Scales small enough that no softmax is at its end, where all slopes are 0. */
const losses: readonly (readonly [
  name: string,
  loss: Loss<Proxied, ProxiedGradients>,
  proxiesAClass: number,
])[] = [
  ['normalizedSoftmax', normalizedSoftmax({ temperature: 0.5 }), 1],
  ['cosFace', cosFace({ scale: 3 }), 1],
  ['arcFace', arcFace({ scale: 3 }), 1],
  ['arcFace', arcFace({ scale: 2, marginDegrees: 60, reduction: 'sum' }), 1],
  ['sphereFace', sphereFace({ margin: 2 }), 1],
  ['sphereFace', sphereFace({ margin: 4, scale: 0.5 }), 1],
  ['proxyNca', proxyNca(), 1],
  ['proxyNca', proxyNca({ distance: 'cosine', scale: 2 }), 1],
  ['proxyAnchor', proxyAnchor({ alpha: 4 }), 1],
  ['proxyAnchor', proxyAnchor({ alpha: 4, reduction: 'sum' }), 1],
  ['softTriple', softTriple({ centers: 2, gamma: 0.5, scale: 3 }), 2],
  ['subCenterArcFace', subCenterArcFace({ centers: 2, scale: 3 }), 2],
];

const CLASSES = 3;

/** Rows in the half-space of their proxies: an angle and its margin are past π nowhere near, where arcFace jumps. */
function batchOf(rows: number, dim: number, proxiesAClass: number, seed: number): Proxied {
  const proxies = gaussian(CLASSES * proxiesAClass, dim, seed, 2);
  const labels = Int32Array.from({ length: rows }, (_, i) => (i + seed) % CLASSES);
  const embeddings = scaled(gaussian(rows, dim, seed, 1), 0.4);
  labels.forEach((label, i) => {
    const proxy = row(proxies, label * proxiesAClass);
    const length = Math.hypot(...proxy);
    row(embeddings, i).forEach((_, k, x) => (x[k] += proxy[k] / length));
  });
  return { embeddings, labels, proxies };
}

/** Cosines of the rows 1, 0.6, 0 with the first proxy and 0, 0.8, -1 with the second. */
const byHand: Proxied = {
  embeddings: fromRows([
    [2, 0],
    [0.6, 0.8],
    [0, -3],
  ]),
  labels: Int32Array.of(0, 0, 1),
  proxies: fromRows([
    [5, 0],
    [0, 0.5],
  ]),
};

/** Cross-entropy of two logits, the first the right one. */
function of(right: number, wrong: number): number {
  return Math.log(1 + Math.exp(wrong - right));
}

describe('losses of proxies', () => {
  for (const [name, loss, proxies] of losses) {
    it(`${name} has the gradient of its value`, () => {
      // in a plane rows are too often on top of their proxies, where an angle has no slope
      const shapes = fc.tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 3, max: 6 }), fc.nat());
      fc.assert(
        fc.property(shapes, ([rows, dim, seed]) => {
          expectGradient(loss, batchOf(rows, dim, proxies, seed), ['embeddings', 'proxies']);
        }),
        { numRuns: 10 },
      );
      expectSignsMatter(loss, batchOf(4, 3, proxies, 1), ['embeddings', 'proxies']);
    });

    it(`${name} has a defined answer where there is little to learn from`, () => {
      const none = loss({
        embeddings: matrix(0, 3),
        labels: new Int32Array(),
        proxies: gaussian(3 * proxies, 3, 1),
      });
      expect(none.gradients.embeddings.rows).toBe(0);
      expect(Number.isFinite(none.value)).toBe(true);
      const degenerate: Proxied[] = [
        { embeddings: matrix(4, 3), labels: Int32Array.of(0, 1, 2, 0), proxies: gaussian(3 * proxies, 3, 1) },
        { embeddings: gaussian(4, 3, 1), labels: Int32Array.of(0, 1, 2, 0), proxies: matrix(3 * proxies, 3) },
        {
          embeddings: gaussian(2, 3, 1),
          labels: Int32Array.of(0, 0),
          proxies: fromRows(Array.from({ length: proxies }, () => [1, 0, 0])),
        },
        {
          embeddings: fromRows([[1e4, 1e4, -1e4]]),
          labels: Int32Array.of(1),
          proxies: fromRows(Array.from({ length: 2 * proxies }, () => [1, 1, -1])),
        },
      ];
      for (const batch of degenerate) {
        const { value, gradients } = loss(batch);
        expect(Number.isFinite(value)).toBe(true);
        for (const { data } of [gradients.embeddings, gradients.proxies]) {
          expect(data.every(Number.isFinite)).toBe(true);
        }
      }
    });

    it(`${name} refuses in one sentence what does not fit`, () => {
      const batch = batchOf(4, 3, proxies, 1);
      expect(() => loss({ ...batch, labels: Int32Array.of(0, 1, 2, 3) })).toThrow(
        /labels\[3\] must be .*got 3$/,
      );
      expect(() => loss({ ...batch, proxies: gaussian(3 * proxies, 4, 1) })).toThrow(
        new RangeError(`${name}: proxies.cols must be 3, got 4`),
      );
      const spoilt = gaussian(4, 3, 1);
      spoilt.data[5] = NaN;
      expect(() => loss({ ...batch, embeddings: spoilt })).toThrow(/embeddings.*finite.*NaN/);
    });
  }

  it('normalizedSoftmax is, by hand, cross-entropy of cosines over a temperature', () => {
    const { value, terms } = normalizedSoftmax({ temperature: 0.5 })(byHand);
    const due = [of(2, 0), of(1.2, 1.6), of(-2, 0)];
    expectClose(terms ?? [], due);
    expect(value).toBeCloseTo((due[0] + due[1] + due[2]) / 3, 6);
  });

  it('cosFace lowers the right cosine, arcFace widens its angle and sphereFace multiplies it', () => {
    expectClose(cosFace({ margin: 0.25, scale: 2 })(byHand).terms ?? [], [
      of(1.5, 0),
      of(0.7, 1.6),
      of(-2.5, 0),
    ]);
    // 60° more than 0°, arccos 0.6 and, past 180°, cos θ - margin · sin(margin)
    const far = -1 - (Math.PI / 3) * Math.sin(Math.PI / 3);
    expectClose(arcFace({ marginDegrees: 60, scale: 1 })(byHand).terms ?? [], [
      of(0.5, 0),
      of(Math.cos(Math.acos(0.6) + Math.PI / 3), 0.8),
      of(far, 0),
    ]);
    // ψ is cos 2θ up to 90° and -cos 2θ - 2 from there; rows are 2, 1 and 3 long
    expectClose(sphereFace({ margin: 2 })(byHand).terms ?? [], [of(2, 0), of(-0.28, 0.8), of(3 * -3, 0)]);
  });

  it('proxyNca is by squared distances 2 - 2 cos', () => {
    expectClose(proxyNca()(byHand).terms ?? [], [of(2, 0), of(1.2, 1.6), of(-2, 0)]);
  });

  it('proxyAnchor sums over the rows of each class and over those of others', () => {
    const e = (x: number): number => Math.exp(2 * x);
    const pull = [Math.log(1 + e(-(1 - 0.1)) + e(-(0.6 - 0.1))), Math.log(1 + e(1.1))];
    const push = [Math.log(1 + e(0.1)), Math.log(1 + e(0.1) + e(0.9))];
    const { value, terms } = proxyAnchor({ alpha: 2 })(byHand);
    expectClose(terms ?? [], [...pull, ...push]);
    expect(value).toBeCloseTo((pull[0] + pull[1]) / 2 + (push[0] + push[1]) / 2, 6);
  });

  it('softTriple with one center a class is cosFace, and subCenterArcFace arcFace', () => {
    const batch = batchOf(7, 4, 1, 3);
    const same = (a: Loss<Proxied, ProxiedGradients>, b: Loss<Proxied, ProxiedGradients>): void => {
      expect(a(batch).value).toBeCloseTo(b(batch).value, 6);
      expectClose(a(batch).gradients.proxies.data, b(batch).gradients.proxies.data);
    };
    same(softTriple({ centers: 1, margin: 0.2, scale: 5 }), cosFace({ margin: 0.2, scale: 5 }));
    same(subCenterArcFace({ centers: 1, scale: 5 }), arcFace({ scale: 5 }));
  });

  it('refuse options that are none', () => {
    expect(() => arcFace({ marginDegrees: 180 })).toThrow(/^arcFace: marginDegrees must be .*got 180$/);
    expect(() => sphereFace({ margin: 1.5 })).toThrow(/^sphereFace: margin must be .*got 1.5$/);
    expect(() => cosFace({ scale: 0 })).toThrow(/^cosFace: scale must be .*got 0$/);
    expect(() => softTriple({ centers: 2 })(batchOf(2, 2, 1, 1))).toThrow(
      /^softTriple: proxies.rows must be 2/,
    );
  });
});
