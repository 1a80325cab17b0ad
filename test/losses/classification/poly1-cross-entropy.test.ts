import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../../src/core/matrix.ts';
import { crossEntropy } from '../../../src/losses/classification/cross-entropy.ts';
import { poly1CrossEntropy } from '../../../src/losses/classification/poly1-cross-entropy.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian } from '../../matrices.ts';

/** Softmax (1/4, 3/4), then (1/2, 1/2). */
const byHand = {
  logits: fromRows([
    [0, Math.log(3)],
    [5, 5],
  ]),
  labels: Int32Array.of(1, 0),
};

describe('poly1CrossEntropy', () => {
  it('is the cross-entropy and epsilon times what the right class lacks', () => {
    const { value, terms, active } = poly1CrossEntropy({ epsilon: 2 })(byHand);
    // log(4/3) and 2 · 1/4, log 2 and 2 · 1/2
    expectClose(terms ?? [], [0.28768207 + 0.5, Math.LN2 + 1], 1e-7);
    expect(value).toBeCloseTo(0.49041463 + 0.75, 6);
    expect(active).toBe(2);
  });

  it('weighs the cross-entropy alone, and divides by the rows whatever they weigh', () => {
    const { value, terms } = poly1CrossEntropy({ epsilon: 2, weight: [3, 0.5] })(byHand);
    expectClose(terms ?? [], [0.14384104 + 0.5, 2.07944154 + 1], 1e-6);
    expect(value).toBeCloseTo(3.72328258 / 2, 6);
  });

  it('takes each class for as much as its share', () => {
    const targets = fromRows([
      [0.25, 0.5],
      [0, 1],
    ]);
    const { terms } = poly1CrossEntropy({ epsilon: -1 })({ logits: byHand.logits, targets });
    // 1/4 (log 4 - 3/4) + 1/2 (log(4/3) - 1/4), log 2 - 1/2
    expectClose(terms ?? [], [0.34657359 - 0.1875 + 0.14384104 - 0.125, Math.LN2 - 0.5], 1e-6);
  });

  it('is the cross-entropy where epsilon is 0', () => {
    const batch = { logits: gaussian(6, 4, 1), labels: Int32Array.of(0, 1, 2, 3, 0, 1) };
    const [ours, theirs] = [poly1CrossEntropy({ epsilon: 0 })(batch), crossEntropy()(batch)];
    expect(ours.value).toBeCloseTo(theirs.value, 6);
    expectClose(ours.gradients.logits.data, theirs.gradients.logits.data, 1e-6);
  });

  it('has the slopes of its value for a gradient, of labels and of shares', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 2, max: 5 }),
        fc.constantFrom(-1, 0.5, 4),
        fc.nat(),
        (rows, classes, epsilon, seed) => {
          const weight = gaussian(1, classes, seed, 3).data.map(Math.abs);
          const loss = poly1CrossEntropy({ epsilon, weight, reduction: 'sum' });
          const logits = gaussian(rows, classes, seed, 1);
          const labels = Int32Array.from({ length: rows }, (_, i) => (i + seed) % classes);
          const targets = matrix(rows, classes, gaussian(rows, classes, seed, 2).data.map(Math.abs));
          targets.data.forEach((share, e) => (targets.data[e] = share % 1));
          expectGradient(poly1CrossEntropy({ epsilon: 4, reduction: 'sum' }), { logits, labels }, ['logits']);
          expectGradient(loss, { logits, targets }, ['logits']);
        },
      ),
      { numRuns: 25 },
    );
    expectSignsMatter(poly1CrossEntropy(), { ...byHand, logits: gaussian(2, 2, 1) }, ['logits']);
  });

  it('is stable at any logits', () => {
    const logits = fromRows([
      [1e4, -1e4],
      [1e4, -1e4],
    ]);
    const { value, gradients } = poly1CrossEntropy({ reduction: 'sum' })({
      logits,
      labels: Int32Array.of(0, 1),
    });
    expect(value).toBe(2e4 + 1);
    expectClose(gradients.logits.data, [0, 0, 1, -1], 1e-6);
  });

  it('may be written over the logits, and is 0 of no rows', () => {
    const logits = gaussian(2, 2, 1);
    const fresh = poly1CrossEntropy()({ ...byHand, logits });
    expect(poly1CrossEntropy()({ ...byHand, logits }, { logits })).toEqual(fresh);
    const none = poly1CrossEntropy()({ logits: matrix(0, 3), labels: new Int32Array() });
    expect(none).toMatchObject({ value: 0, active: 0 });
  });

  it('refuses what is no epsilon, no class and no share', () => {
    const refused = (run: () => unknown, sentence: string) =>
      expect(run).toThrow(new RangeError(`poly1CrossEntropy: ${sentence}`));
    refused(() => poly1CrossEntropy({ epsilon: Infinity }), 'epsilon must be a finite number, got Infinity');
    refused(
      () => poly1CrossEntropy()({ ...byHand, labels: Int32Array.of(0) }),
      'labels.length must be 2, got 1',
    );
    refused(
      () =>
        poly1CrossEntropy()({
          logits: byHand.logits,
          targets: fromRows([
            [0, 1],
            [0, 2],
          ]),
        }),
      'targets row 1 must be in [0, 1], got 2 in column 1',
    );
  });
});
