import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix, rowsBetween } from '../../../src/core/matrix.ts';
import { binaryCrossEntropy } from '../../../src/losses/classification/binary-cross-entropy.ts';
import { sigLip } from '../../../src/losses/views/sig-lip.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose } from '../../matrices.ts';
import { randomViews } from './random-views.ts';

const names = ['anchors', 'positives', 'negatives'] as const;

describe('sigLip', () => {
  it('is log(1 + e^-x) of an anchor’s positive and log(1 + e^x) of what else it meets', () => {
    const views = {
      anchors: fromRows([
        [1, 0],
        [0, 1],
      ]),
      positives: fromRows([
        [2, 0],
        [1, 3],
      ]),
    };
    // logits 2 · s - 1: 3 and 1 of the first anchor, -1 and 5 of the second
    // log(1 + e^-3) + log(1 + e) = 0.04858735 + 1.31326169; log(1 + e^-1) + log(1 + e^-5) = 0.31326169 + 0.00671535
    const { value, terms, active } = sigLip({ scale: 2, bias: -1, similarity: 'dot' })(views);
    expectClose(terms ?? [], [1.36184904, 0.31997704], 1e-6);
    expect(value).toBeCloseTo(0.84091304, 6);
    expect(active).toBe(2);
  });

  it('begins at scale 10 and bias -10, as in the paper', () => {
    const views = randomViews({ rows: 4, dim: 3, extra: 3, seed: 1 });
    expect(sigLip()(views)).toEqual(sigLip({ scale: 10, bias: -10 })(views));
    expect(sigLip()(views)).toEqual(sigLip({ temperature: 0.1, bias: -10 })(views));
    const { logScale, bias, ...learned } = sigLip()({
      ...views,
      logScale: Math.log(10),
      bias: -10,
    }).gradients;
    expectClose(learned.anchors.data, sigLip()(views).gradients.anchors.data, 1e-6);
    expect([typeof logScale, typeof bias]).toEqual(['number', 'number']);
  });

  it('is the sum of every pair’s binary cross-entropy over the anchors', () => {
    const { anchors, positives } = randomViews({ rows: 5, dim: 3, extra: 0, seed: 2 });
    const logits = matrix(5, 5);
    const targets = matrix(5, 5);
    for (let i = 0; i < 5; i++) {
      targets.data[6 * i] = 1;
      for (let j = 0; j < 5; j++) {
        const product = [0, 1, 2].reduce(
          (sum, k) => sum + anchors.data[3 * i + k] * positives.data[3 * j + k],
          0,
        );
        logits.data[5 * i + j] = 3 * product - 0.5;
      }
    }
    const { value } = binaryCrossEntropy({ reduction: 'sum' })({ predictions: logits, targets });
    const ours = sigLip({ scale: 3, bias: -0.5, similarity: 'dot' })({ anchors, positives });
    expect(ours.value).toBeCloseTo(value / 5, 5);
  });

  const views = {
    ...randomViews({ rows: 5, dim: 3, extra: 6, seed: 3 }),
    owned: Uint32Array.of(2, 0, 3, 1, 0),
    ids: Uint32Array.of(1, 2, 1, 3, 4),
  };
  const losses = {
    'by cosine': sigLip({ scale: 2, bias: -1 }),
    'by inner product, summed': sigLip({ scale: 0.7, bias: 0.5, similarity: 'dot', reduction: 'sum' }),
    'of owned negatives': sigLip({ scale: 2, bias: -1, negatives: 'own' }),
  };
  for (const [name, loss] of Object.entries(losses)) {
    it(`has the slopes of its value, ${name}`, () => expectGradient(loss, views, names));
    it(`would be told from one with opposite gradients, ${name}`, () =>
      expectSignsMatter(loss, views, names));
  }

  it('has the slopes of its scale and of its bias', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.nat(),
        fc.constantFrom('cosine', 'dot'),
        (rows, seed, similarity) => {
          const random = randomViews({ rows, dim: 3, extra: 4, seed });
          const loss = ({ logScale, bias }: { logScale: Matrix; bias: Matrix }) => {
            const { value, gradients } = sigLip({ similarity })({
              ...random,
              logScale: logScale.data[0],
              bias: bias.data[0],
            });
            const { logScale: dLogScale = NaN, bias: dBias = NaN } = gradients;
            return { value, gradients: { logScale: fromRows([[dLogScale]]), bias: fromRows([[dBias]]) } };
          };
          const start = { logScale: fromRows([[0.4]]), bias: fromRows([[-0.8]]) };
          expectGradient(loss, start, ['logScale', 'bias']);
          expectSignsMatter(loss, start, ['logScale', 'bias']);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('leaves an anchor of its masked neighbors with its positive alone', () => {
    const { anchors, positives } = randomViews({ rows: 2, dim: 3, extra: 0, seed: 4 });
    const masked = sigLip({ scale: 2, bias: 0 })({ anchors, positives, labels: Int32Array.of(3, 3) });
    const alone = [0, 1].map((i) =>
      sigLip({ scale: 2, bias: 0 })({
        anchors: rowsBetween(anchors, i, i + 1),
        positives: rowsBetween(positives, i, i + 1),
      }),
    );
    expect(masked.value).toBeCloseTo((alone[0].value + alone[1].value) / 2, 6);
  });

  it('is 0 of no rows', () => {
    const { value, active, gradients } = sigLip()({
      anchors: matrix(0, 3),
      positives: matrix(0, 3),
      logScale: 0,
      bias: 0,
    });
    expect([value, active, gradients.logScale, gradients.bias]).toEqual([0, 0, 0, 0]);
  });

  it('is linear, and finite, at logits of ±10 000', () => {
    const [anchors, positives] = [fromRows([[100], [-100]]), fromRows([[-100], [100]])];
    const { value, gradients } = sigLip({ scale: 1, bias: 0, similarity: 'dot' })({ anchors, positives });
    expect(value).toBe(20_000);
    expectClose(gradients.anchors.data, [100, -100], 0);
  });

  it('refuses a bias that is both given and learned, or not finite', () => {
    const random = randomViews({ rows: 3, dim: 3, extra: 0, seed: 5 });
    expect(() => sigLip({ bias: 1 })({ ...random, bias: 2 })).toThrow(
      new RangeError('sigLip: views.bias must be absent where bias is given, got 2'),
    );
    expect(() => sigLip({ bias: NaN })).toThrow(
      new RangeError('sigLip: bias must be a finite number, got NaN'),
    );
    expect(() => sigLip()({ ...random, bias: Infinity })).toThrow(
      new RangeError('sigLip: views.bias must be a finite number, got Infinity'),
    );
  });
});
