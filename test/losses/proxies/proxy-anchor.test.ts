import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Proxied } from '../../../src/core/batches.ts';
import { fromRows, matrix, row } from '../../../src/core/matrix.ts';
import { proxyAnchor } from '../../../src/losses/proxies/proxy-anchor.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise, scaled } from '../../matrices.ts';

const names = ['embeddings', 'proxies'] as const;

/** Cosines with the two proxies: 0.6 and 0.8; 0 and 1; -0.8 and 0.6. */
const byHand: Proxied = {
  embeddings: fromRows([
    [3, 4],
    [0, 2],
    [-0.8, 0.6],
  ]),
  labels: Int32Array.of(0, 1, 0),
  proxies: fromRows([
    [2, 0],
    [0, 5],
    [0, -1],
  ]),
};

function randomBatch(rows: number, classes: number, dim: number, seed: number): Proxied {
  return {
    embeddings: gaussian(rows, dim, seed, 1),
    labels: Int32Array.from({ length: rows }, (_, i) => (i * i + seed) % classes),
    proxies: gaussian(classes, dim, seed, 2),
  };
}

describe('proxyAnchor', () => {
  it('pulls the rows of each class, and pushes all others, worked by hand', () => {
    const pull = [
      Math.log(1 + Math.exp(-2 * (0.6 - 0.1)) + Math.exp(-2 * (-0.8 - 0.1))),
      Math.log(1 + Math.exp(-2 * (1 - 0.1))),
      0,
    ];
    const push = [
      Math.log(1 + Math.exp(2 * (0 + 0.1))),
      Math.log(1 + Math.exp(2 * (0.8 + 0.1)) + Math.exp(2 * (0.6 + 0.1))),
      Math.log(1 + Math.exp(2 * (-0.8 + 0.1)) + Math.exp(2 * (-1 + 0.1)) + Math.exp(2 * (-0.6 + 0.1))),
    ];
    const loss = proxyAnchor({ margin: 0.1, alpha: 2 });
    const { value, terms = [], active } = loss(byHand);
    expectClose(terms, [...pull, ...push], 1e-6);
    // two classes have rows; three have proxies
    expect(value).toBeCloseTo((pull[0] + pull[1]) / 2 + (push[0] + push[1] + push[2]) / 3, 6);
    expect(active).toBe(5);
    const sum = proxyAnchor({ margin: 0.1, alpha: 2, reduction: 'sum' })(byHand);
    expect(sum.value).toBeCloseTo(
      [...pull, ...push].reduce((total, term) => total + term),
      5,
    );
  });

  it('has the slopes of its value for gradients, on any shape', () => {
    const [rows, classes, dim] = [1, 2, 3].map((min) => fc.integer({ min, max: 5 }));
    fc.assert(
      fc.property(
        rows,
        classes,
        dim,
        fc.nat(),
        fc.constantFrom('mean', 'sum'),
        (r, c, d, seed, reduction) => {
          expectGradient(proxyAnchor({ alpha: 3, reduction }), randomBatch(r, c, d, seed), names);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('would be told from one with an opposite gradient', () => {
    expectSignsMatter(proxyAnchor({ alpha: 3 }), randomBatch(5, 3, 4, 1), names);
  });

  it('does not see how long rows and proxies are', () => {
    const batch = randomBatch(5, 3, 4, 1);
    const longer = { ...batch, embeddings: scaled(batch.embeddings, 4), proxies: scaled(batch.proxies, 0.5) };
    expectClose([proxyAnchor()(longer).value], [proxyAnchor()(batch).value], 1e-6);
  });

  it('writes over what it is handed, with the numbers that fresh matrices get', () => {
    const batch = randomBatch(5, 3, 4, 1);
    const into = { embeddings: noise(5, 4), proxies: noise(3, 4) };
    const written = proxyAnchor()(batch, into);
    for (const name of names) expect(written.gradients[name]).toBe(into[name]);
    expect(written).toEqual(proxyAnchor()(batch));
  });

  it('has a finite answer however steep, and none to give where there are no rows', () => {
    const steep = proxyAnchor({ alpha: 1e4 })(randomBatch(5, 3, 4, 1));
    expect(Number.isFinite(steep.value)).toBe(true);
    for (const name of names) expect(steep.gradients[name].data.every(Number.isFinite)).toBe(true);
    const { value, active, gradients } = proxyAnchor()({
      embeddings: matrix(0, 4),
      labels: new Int32Array(),
      proxies: gaussian(3, 4, 1),
    });
    expect([value, active]).toEqual([0, 0]);
    expect(gradients.proxies).toEqual(matrix(3, 4));
  });

  it('has a term at a zero row, and no slope', () => {
    const { terms = [], gradients } = proxyAnchor({ margin: 0, alpha: 1 })({
      embeddings: matrix(1, 2),
      labels: Int32Array.of(1),
      proxies: gaussian(2, 2, 1),
    });
    expectClose(terms, [0, Math.LN2, Math.LN2, 0], 1e-6);
    expectClose(row(gradients.embeddings, 0), [0, 0], 0);
  });

  it('refuses what does not fit in one sentence', () => {
    expect(() => proxyAnchor({ alpha: 0 })).toThrow(
      new RangeError('proxyAnchor: alpha must be a finite number > 0, got 0'),
    );
    expect(() => proxyAnchor({ margin: NaN })).toThrow(
      new RangeError('proxyAnchor: margin must be a finite number, got NaN'),
    );
    expect(() => proxyAnchor()({ ...byHand, labels: Int32Array.of(0, 1, -1) })).toThrow(
      new RangeError('proxyAnchor: labels[2] must be a class in [0, 3), got -1'),
    );
  });
});
