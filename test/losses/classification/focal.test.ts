import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Targets } from '../../../src/core/batches.ts';
import { fromRows, matrix, type Matrix } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import { binaryCrossEntropy } from '../../../src/losses/classification/binary-cross-entropy.ts';
import { crossEntropy } from '../../../src/losses/classification/cross-entropy.ts';
import { poly1Focal } from '../../../src/losses/classification/poly1-focal.ts';
import { sigmoidFocal } from '../../../src/losses/classification/sigmoid-focal.ts';
import { softmaxFocal } from '../../../src/losses/classification/softmax-focal.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise, scaled } from '../../matrices.ts';

const sides = fc.record({
  rows: fc.integer({ min: 1, max: 5 }),
  cols: fc.integer({ min: 2, max: 5 }),
  seed: fc.nat(),
});
const gammas = fc.constantFrom(0, 0.5, 2, 3.5);
const alphas = fc.constantFrom(undefined, 0, 0.25, 1);

/** Numbers between 0 and 1, farther from both than `expectGradient` steps. */
function shares(rows: number, cols: number, ...key: readonly number[]): Matrix {
  return matrix(
    rows,
    cols,
    gaussian(rows, cols, ...key).data.map((x) => 0.5 + 0.1 * Math.tanh(x)),
  );
}

function labelsOf(rows: number, classes: number, seed: number): Int32Array {
  const { below } = random(seed, 2);
  return Int32Array.from({ length: rows }, () => below(classes));
}

describe('sigmoidFocal', () => {
  /** σ(log 3) = 3/4 */
  const batch = { predictions: fromRows([[Math.log(3), Math.log(3)]]), targets: fromRows([[1, 0]]) };

  it('is worked by hand', () => {
    const { terms, gradients } = sigmoidFocal({ reduction: 'sum', listTerms: true })(batch);
    // log(4/3) over 16, and 9 log 4 over 16
    expectClose(terms ?? [], [0.01798013, 0.77979058], 1e-6);
    // -m² (m + 2 entropy (1 - m)) of misses 1/4 and 3/4, the second the other way
    expectClose(
      gradients.predictions.data,
      [-0.0625 * (0.25 + 1.5 * 0.28768207), 0.5625 * (0.75 + 0.5 * 1.38629436)],
      1e-6,
    );
    const { terms: weighed } = sigmoidFocal({ alpha: 0.25, reduction: 'sum', listTerms: true })(batch);
    expectClose(weighed ?? [], [0.00449503, 0.58484293], 1e-6);
  });

  it('is the binary cross-entropy at gamma 0', () => {
    fc.assert(
      fc.property(sides, ({ rows, cols, seed }) => {
        const given = { predictions: gaussian(rows, cols, seed, 1), targets: shares(rows, cols, seed, 2) };
        const [ours, theirs] = [sigmoidFocal({ gamma: 0 }), binaryCrossEntropy()].map((loss) =>
          loss(given, { targets: noise(rows, cols) }),
        );
        expect(ours.value).toBeCloseTo(theirs.value, 6);
        expectClose(ours.gradients.predictions.data, theirs.gradients.predictions.data, 1e-6);
        expectClose(ours.gradients.targets?.data ?? [], theirs.gradients.targets?.data ?? [], 1e-6);
      }),
    );
  });

  it('has the slopes of its value for gradients, of the targets too, at any gamma and alpha', () => {
    fc.assert(
      fc.property(sides, gammas, alphas, ({ rows, cols, seed }, gamma, alpha) => {
        const loss = (given: Targets) =>
          sigmoidFocal({ gamma, alpha, reduction: 'sum' })(given, { targets: matrix(rows, cols) });
        const given = { predictions: gaussian(rows, cols, seed, 1), targets: shares(rows, cols, seed, 2) };
        expectGradient(loss, given, ['predictions', 'targets']);
      }),
      { numRuns: 25 },
    );
    expectSignsMatter(sigmoidFocal(), { ...batch, targets: shares(1, 2, 3) }, ['predictions']);
  });

  it('is finite at logits of any size, right and wrong, at any gamma', () => {
    for (const gamma of [0, 0.5, 2]) {
      const { terms, gradients } = sigmoidFocal({ gamma, alpha: 0.25, reduction: 'sum', listTerms: true })(
        { predictions: fromRows([[1e4, -1e4, 1e4, -1e4, 3e38]]), targets: fromRows([[1, 0, 0, 1, 0]]) },
        { targets: noise(1, 5) },
      );
      expectClose((terms ?? []).map((term) => term / 1e4).slice(0, 4), [0, 0, 0.75, 0.25], 1e-6);
      expectClose(gradients.predictions.data, [0, 0, 0.75, -0.25, 0.75], 1e-6);
      for (const slope of gradients.targets?.data ?? [NaN]) expect(slope).not.toBeNaN();
    }
  });

  it('refuses what is no gamma, no alpha and no share', () => {
    const refused = (run: () => unknown, sentence: string) =>
      expect(run).toThrow(new RangeError(`sigmoidFocal: ${sentence}`));
    refused(() => sigmoidFocal({ gamma: -1 }), 'gamma must be a finite number >= 0, got -1');
    refused(() => sigmoidFocal({ alpha: 1.5 }), 'alpha must be a number in [0, 1], got 1.5');
    refused(
      () => sigmoidFocal()({ ...batch, targets: fromRows([[1, 2]]) }),
      'targets row 0 must be in [0, 1], got 2 in column 1',
    );
  });
});

describe('softmaxFocal', () => {
  /** Softmax (1/4, 3/4), then (1/2, 1/2). */
  const batch = {
    logits: fromRows([
      [0, Math.log(3)],
      [5, 5],
    ]),
    labels: Int32Array.of(1, 0),
  };

  it('is worked by hand, a term an entry', () => {
    const { value, terms, active } = softmaxFocal({ listTerms: true })(batch);
    // log(4/3) over 16, and log 2 over 4
    expectClose(terms ?? [], [0, 0.01798013, 0.1732868, 0], 1e-7);
    expect(value).toBeCloseTo(0.19126693 / 4, 7);
    expect(active).toBe(2);
  });

  it('weighs the background by 1 - alpha, the others by alpha, and each class', () => {
    const { terms } = softmaxFocal({ alpha: 0.25, weight: [2, 3], listTerms: true })(batch);
    expectClose(terms ?? [], [0, 0.75 * 0.01798013, 1.5 * 0.1732868, 0], 1e-7);
  });

  it('is the cross-entropy, over the classes, at gamma 0', () => {
    fc.assert(
      fc.property(sides, fc.boolean(), ({ rows, cols, seed }, soft) => {
        const logits = gaussian(rows, cols, seed, 1);
        const given = soft
          ? { logits, targets: shares(rows, cols, seed, 2) }
          : { logits, labels: labelsOf(rows, cols, seed) };
        const ours = softmaxFocal({ gamma: 0, reduction: 'sum' })(given);
        const theirs = crossEntropy({ reduction: 'sum' })(given);
        expect(ours.value).toBeCloseTo(theirs.value, 4);
        expectClose(ours.gradients.logits.data, theirs.gradients.logits.data, 1e-6);
        expect(softmaxFocal({ gamma: 0 })(given).value * cols).toBeCloseTo(crossEntropy()(given).value, 5);
      }),
    );
  });

  it('has the slopes of its value for a gradient, at any gamma and alpha', () => {
    fc.assert(
      fc.property(
        sides,
        gammas,
        fc.constantFrom(undefined, 0.25),
        fc.constantFrom('monai', 'kornia'),
        ({ rows, cols, seed }, gamma, alpha, convention) => {
          const loss = softmaxFocal({ gamma, alpha, convention, reduction: 'sum' });
          const logits = gaussian(rows, cols, seed, 1);
          expectGradient(loss, { logits, labels: labelsOf(rows, cols, seed) }, ['logits']);
          expectGradient(loss, { logits, targets: shares(rows, cols, seed, 2) }, ['logits']);
        },
      ),
      { numRuns: 25 },
    );
    expectSignsMatter(softmaxFocal(), { ...batch, logits: gaussian(2, 2, 1) }, ['logits']);
  });

  it('is finite where the right class has all or nothing', () => {
    const logits = fromRows([
      [1e4, -1e4],
      [1e4, -1e4],
    ]);
    for (const gamma of [0, 0.5, 2]) {
      const { value, gradients } = softmaxFocal({ gamma, reduction: 'sum' })({
        logits,
        labels: Int32Array.of(0, 1),
      });
      expect(value).toBe(2e4);
      expectClose(gradients.logits.data, [0, 0, 1, -1], 1e-6);
    }
  });

  it('leaks a millionth to every class, as kornia has it', () => {
    // of the first row log 4 · 9/16 for the wrong class; the second's terms are equal
    const { terms } = softmaxFocal({ convention: 'kornia', listTerms: true })(batch);
    expectClose(scaledTerms(terms, 0), [0.77979058], 1e-4);
    expectClose(scaledTerms(terms, 3), [0.1732868], 1e-4);
    expect(terms?.[1]).toBeCloseTo(0.01798013, 7);
  });

  it('may be written over the logits, and is 0 of no rows', () => {
    const logits = gaussian(5, 3, 1);
    const given = { logits, labels: labelsOf(5, 3, 1) };
    const fresh = softmaxFocal()(given);
    expect(softmaxFocal()(given, { logits })).toEqual(fresh);
    expect(softmaxFocal()({ logits: matrix(0, 3), labels: new Int32Array() })).toMatchObject({
      value: 0,
      active: 0,
    });
  });

  it('refuses labels that are no class and weights of another length', () => {
    expect(() => softmaxFocal()({ ...batch, labels: Int32Array.of(0, -100) })).toThrow(
      new RangeError('softmaxFocal: labels[1] must be a class in [0, 2), got -100'),
    );
    expect(() => softmaxFocal({ weight: [1] })(batch)).toThrow(
      new RangeError('softmaxFocal: weight.length must be 2, got 1'),
    );
  });
});

function scaledTerms(terms: Float32Array | undefined, e: number): number[] {
  return [(terms?.[e] ?? NaN) * 1e6];
}

describe('poly1Focal', () => {
  const batch = { logits: fromRows([[Math.log(3), Math.log(3)]]), labels: Int32Array.of(0) };

  it('is worked by hand: the focal loss and the next power of the miss', () => {
    const { terms, value } = poly1Focal({ epsilon: 2, listTerms: true })(batch);
    // misses 1/4 and 3/4
    expectClose(terms ?? [], [0.01798013 + 2 / 64, 0.77979058 + 54 / 64], 1e-6);
    expect(value).toBeCloseTo((0.79777071 + 56 / 64) / 2, 6);
    // alpha is not of what epsilon adds
    const weighed = poly1Focal({ epsilon: 2, alpha: 0.25, listTerms: true })(batch);
    expectClose(weighed.terms ?? [], [0.00449503 + 2 / 64, 0.58484293 + 54 / 64], 1e-6);
  });

  it('is the sigmoid focal loss where epsilon is 0, of labels and of shares', () => {
    const logits = gaussian(4, 3, 1);
    const targets = matrix(4, 3);
    const labels = labelsOf(4, 3, 1);
    labels.forEach((label, i) => (targets.data[i * 3 + label] = 1));
    const theirs = sigmoidFocal()({ predictions: logits, targets });
    for (const given of [
      { logits, labels },
      { logits, targets },
    ]) {
      const ours = poly1Focal({ epsilon: 0 })(given);
      expect(ours.value).toBe(theirs.value);
      expect(ours.gradients.logits).toEqual(theirs.gradients.predictions);
    }
  });

  it('has the slopes of its value for a gradient', () => {
    fc.assert(
      fc.property(
        sides,
        gammas,
        alphas,
        fc.constantFrom(-0.5, 1, 3),
        ({ rows, cols, seed }, gamma, alpha, epsilon) => {
          const loss = poly1Focal({ gamma, alpha, epsilon, reduction: 'sum' });
          const given = { logits: gaussian(rows, cols, seed, 1), labels: labelsOf(rows, cols, seed) };
          expectGradient(loss, given, ['logits']);
        },
      ),
      { numRuns: 25 },
    );
    expectSignsMatter(poly1Focal(), { ...batch, logits: scaled(batch.logits, 0.5) }, ['logits']);
  });

  it('refuses what is no epsilon and no class, and logits that are not finite', () => {
    const refused = (run: () => unknown, sentence: string) =>
      expect(run).toThrow(new RangeError(`poly1Focal: ${sentence}`));
    refused(() => poly1Focal({ epsilon: NaN }), 'epsilon must be a finite number, got NaN');
    refused(
      () => poly1Focal()({ ...batch, labels: Int32Array.of(2) }),
      'labels[0] must be a class in [0, 2), got 2',
    );
  });
});
