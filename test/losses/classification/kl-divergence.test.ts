import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Targets } from '../../../src/core/batches.ts';
import { fromRows, matrix, type Matrix } from '../../../src/core/matrix.ts';
import { kernels } from '../../../src/kernels/active.ts';
import { klDivergence } from '../../../src/losses/classification/kl-divergence.ts';
import { expectGradient, expectSignsMatter } from '../../gradient.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';

const logs = (m: Matrix): Matrix => matrix(m.rows, m.cols, m.data.map(Math.log));

/** (1/2, 1/2) beside (1/4, 3/4), and a class that is not there. */
const targets = fromRows([
  [0.5, 0.5],
  [1, 0],
]);
const predictions = logs(
  fromRows([
    [0.25, 0.75],
    [0.25, 0.75],
  ]),
);

describe('klDivergence', () => {
  it('is worked by hand', () => {
    const room = { targets: noise(2, 2) };
    const { value, terms, gradients } = klDivergence({ reduction: 'sum', listTerms: true })(
      { predictions, targets },
      room,
    );
    // 1/2 log 2, 1/2 log(2/3), log 4
    expectClose(terms ?? [], [0.34657359, -0.20273255, 1.38629436, 0], 1e-6);
    expect(value).toBeCloseTo(1.5301354, 6);
    expectClose(gradients.predictions.data, [-0.5, -0.5, -1, 0], 1e-7);
    // log q - log p + 1, and none of a share of 0
    expect(gradients.targets).toBe(room.targets);
    expectClose(room.targets.data, [1.69314718, 0.59453489, 2.38629436, 0], 1e-6);
  });

  it('divides by the rows, by the entries, or by nothing', () => {
    const of = (reduction: 'batchMean' | 'mean' | 'sum') =>
      klDivergence({ reduction })({ predictions, targets });
    expect(klDivergence()({ predictions, targets })).toEqual(of('batchMean'));
    expect(of('batchMean').value).toBeCloseTo(1.5301354 / 2, 6);
    expect(of('mean').value).toBeCloseTo(1.5301354 / 4, 6);
    expectClose(of('batchMean').gradients.predictions.data, [-0.25, -0.25, -0.5, 0], 1e-7);
    expectClose(of('mean').gradients.predictions.data, [-0.125, -0.125, -0.25, 0], 1e-7);
  });

  it('is the same of logarithms of targets, whose slopes are those of the targets times these', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (rows, cols, seed) => {
          const [shares, p] = [1, 2].map((key) => kernels.softmax(gaussian(rows, cols, seed, key)));
          const room = () => ({ targets: noise(rows, cols) });
          const straight = klDivergence()({ predictions: logs(p), targets: shares }, room());
          const logged = klDivergence({ logTargets: true })(
            { predictions: logs(p), targets: logs(shares) },
            room(),
          );
          expect(logged.value).toBeCloseTo(straight.value, 5);
          // of two distributions it is never below 0
          expect(straight.value).toBeGreaterThan(-1e-6);
          expectClose(logged.gradients.predictions.data, straight.gradients.predictions.data, 1e-6);
          const back = straight.gradients.targets?.data.map((slope, e) => slope * shares.data[e]);
          expectClose(logged.gradients.targets?.data ?? [], back ?? [], 1e-5);
        },
      ),
    );
  });

  it('has the slopes of its value for gradients, of the targets too', () => {
    const shares = matrix(
      3,
      4,
      gaussian(3, 4, 2).data.map((x) => 0.5 + 0.1 * Math.tanh(x)),
    );
    for (const logTargets of [false, true]) {
      const loss = (batch: Targets) => klDivergence({ logTargets })(batch, { targets: matrix(3, 4) });
      const batch = { predictions: gaussian(3, 4, 1), targets: logTargets ? logs(shares) : shares };
      expectGradient(loss, batch, ['predictions', 'targets']);
      expectSignsMatter(loss, batch, ['predictions', 'targets']);
    }
  });

  it('has no gradient of targets where there is no room for it', () => {
    expect(klDivergence()({ predictions, targets }).gradients.targets).toBeUndefined();
  });

  it('is 0 of no rows', () => {
    const none = { predictions: matrix(0, 3), targets: matrix(0, 3) };
    expect(klDivergence()(none)).toMatchObject({ value: 0, active: 0 });
  });

  it('refuses shares below 0, logarithms of shares too large for float32, and what is not finite', () => {
    const refused = (run: () => unknown, sentence: string) =>
      expect(run).toThrow(new RangeError(`klDivergence: ${sentence}`));
    const wrong = (value: number) => ({
      predictions,
      targets: fromRows([
        [0, 1],
        [0, value],
      ]),
    });
    refused(() => klDivergence()(wrong(-0.5)), 'targets row 1 must be at least 0, got -0.5 in column 1');
    refused(() => klDivergence()(wrong(Infinity)), 'targets row 1 must be finite, got Infinity in column 1');
    const logged = klDivergence({ logTargets: true });
    refused(() => logged(wrong(89)), 'targets row 1 must be at most 88, got 89 in column 1');
    refused(() => logged(wrong(-Infinity)), 'targets row 1 must be finite, got -Infinity in column 1');
    refused(
      // @ts-expect-error as a program in JavaScript may
      () => klDivergence({ reduction: 'none' }),
      'reduction must be batchMean or mean or sum, got none',
    );
  });
});
