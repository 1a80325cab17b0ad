import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import { kernels } from '../../../src/kernels/active.ts';
import { crossEntropy } from '../../../src/losses/classification/cross-entropy.ts';
import { negativeLogLikelihood } from '../../../src/losses/classification/negative-log-likelihood.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';

/** Probabilities (1/4, 3/4), then (1/2, 1/2). */
const byHand = {
  logProbabilities: fromRows([
    [Math.log(0.25), Math.log(0.75)],
    [Math.log(0.5), Math.log(0.5)],
  ]),
  labels: Int32Array.of(1, 0),
};

describe('negativeLogLikelihood', () => {
  it('is minus the logarithm of the right class', () => {
    const { value, terms, active, gradients } = negativeLogLikelihood()(byHand);
    // log(4/3) and log 2
    expectClose(terms ?? [], [0.28768207, Math.LN2], 1e-7);
    expect(value).toBeCloseTo(0.49041463, 6);
    expect(active).toBe(2);
    expectClose(gradients.logProbabilities.data, [0, -0.5, -0.5, 0], 0);
  });

  it('weighs each label, and divides by what the labels weigh', () => {
    const { value, gradients } = negativeLogLikelihood({ weight: [3, 0.5] })(byHand);
    // 0.5 log(4/3) and 3 log 2
    expect(value).toBeCloseTo(2.22328258 / 3.5, 6);
    expectClose(gradients.logProbabilities.data, [0, -0.5 / 3.5, -3 / 3.5, 0], 1e-7);
    expect(negativeLogLikelihood({ weight: [3, 0.5], reduction: 'sum' })(byHand).value).toBeCloseTo(
      2.22328258,
      6,
    );
  });

  it('of a log softmax is the cross-entropy', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 2, max: 5 }),
        fc.nat(),
        (rows, classes, seed) => {
          const { below } = random(seed, 2);
          const labels = Int32Array.from({ length: rows }, () => below(classes + 1) - 1);
          const logits = gaussian(rows, classes, seed, 1);
          const options = { ignoreIndex: -1, weight: gaussian(1, classes, seed, 3).data.map(Math.abs) };
          const logProbabilities = kernels.logSoftmax(logits);
          const ours = negativeLogLikelihood(options)({ logProbabilities, labels });
          const theirs = crossEntropy(options)({ logits, labels });
          expect(ours.value).toBeCloseTo(theirs.value, 5);
          expect(ours.active).toBe(theirs.active);
          const back = kernels.logSoftmaxBackward(logProbabilities, ours.gradients.logProbabilities);
          expectClose(back.data, theirs.gradients.logits.data, 1e-5);
        },
      ),
    );
  });

  it('has the slopes of its value for a gradient', () => {
    const batch = { logProbabilities: gaussian(3, 4, 1), labels: Int32Array.of(2, -100, 0) };
    const loss = negativeLogLikelihood({ weight: [1, 2, 0.5, 3] });
    expectGradient(loss, batch, ['logProbabilities']);
    expectSignsMatter(loss, batch, ['logProbabilities']);
  });

  it('is 0 without slopes where all rows are ignored, or there are none', () => {
    const { logProbabilities } = byHand;
    for (const batch of [
      { logProbabilities, labels: Int32Array.of(-100, -100) },
      { logProbabilities: matrix(0, 3), labels: new Int32Array() },
    ]) {
      const { value, active, gradients } = negativeLogLikelihood()(batch, {
        logProbabilities: noise(batch.logProbabilities.rows, batch.logProbabilities.cols),
      });
      expect([value, active]).toEqual([0, 0]);
      expect(gradients.logProbabilities.data.every((slope) => slope === 0)).toBe(true);
    }
  });

  it('may be written over the logarithms', () => {
    const batch = { logProbabilities: gaussian(4, 3, 1), labels: Int32Array.of(0, 2, -100, 1) };
    const fresh = negativeLogLikelihood()(batch);
    expect(negativeLogLikelihood()(batch, batch)).toEqual(fresh);
  });

  it('refuses what is no label, no weight and no number', () => {
    const refused = (run: () => unknown, sentence: string) =>
      expect(run).toThrow(new RangeError(`negativeLogLikelihood: ${sentence}`));
    const { labels, logProbabilities } = byHand;
    refused(
      () => negativeLogLikelihood()({ logProbabilities, labels: Int32Array.of(1, 2) }),
      'labels[1] must be a class in [0, 2) or -100, got 2',
    );
    refused(() => negativeLogLikelihood({ weight: [1] })(byHand), 'weight.length must be 2, got 1');
    refused(
      () =>
        negativeLogLikelihood()({
          logProbabilities: fromRows([
            [0, -1],
            [0, -Infinity],
          ]),
          labels,
        }),
      'logProbabilities row 1 must be finite, got -Infinity in column 1',
    );
  });
});
