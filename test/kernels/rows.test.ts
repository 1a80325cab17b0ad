import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, type Matrix } from '../../src/core/matrix.ts';
import type {
  Elementwise,
  ElementwiseKind,
  Kernels,
  SoftmaxCrossEntropy,
} from '../../src/kernels/kernels.ts';
import { addonFrom } from '../../src/kernels/native/addon.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { expectGradient, expectSignsMatter } from '../gradient.ts';
import { expectClose, gaussian, noise, scaled } from '../matrices.ts';

const built = native();

const shapes = fc.record({
  rows: fc.integer({ min: 0, max: 40 }),
  cols: fc.integer({ min: 1, max: 70 }),
  seed: fc.nat(),
});

/** A copy that begins 4 bytes off: no vector of it is aligned. */
function askew(m: Matrix): Matrix {
  const data = new Float32Array(m.data.length + 1).subarray(1);
  data.set(m.data);
  return matrix(m.rows, m.cols, data);
}

function signs({ rows, cols, data }: Matrix): Matrix {
  return matrix(
    rows,
    cols,
    data.map((value) => (value < 0 ? -1 : 1)),
  );
}

function shares(rows: number, cols: number, ...key: readonly number[]): Matrix {
  const softmax = plain.logSoftmax(scaled(gaussian(rows, cols, ...key), 3));
  return matrix(rows, cols, softmax.data.map(Math.exp));
}

const KINDS = [
  ['squared', 0],
  ['absolute', 0],
  ['huber', 0.7],
  ['smoothL1', 0.3],
  ['logCosh', 0],
  ['quantile', 0.2],
  ['binaryCrossEntropy', 0],
  ['multiLabelSoftMargin', 0],
  ['binaryCrossEntropyOfProbabilities', 0],
  ['klDivergence', 0],
  ['klDivergenceOfLogs', 0],
  ['sigmoidFocal', 2],
  ['sigmoidFocal', 0.3],
  ['sigmoidFocal', 0],
  ['hinge', 0.7],
  ['halfHinge', 0.7],
  ['squaredHinge', 0.7],
  ['modifiedHuber', 0],
  ['softMargin', 0],
  ['hingeEmbedding', 0.7],
] as const;

/** Of differences: any number is a target. */
const WITHOUT_SHARES: readonly ElementwiseKind[] = [
  'squared',
  'absolute',
  'huber',
  'smoothL1',
  'logCosh',
  'quantile',
];

/** Of targets that are 1 or -1. */
const SIGNED: readonly ElementwiseKind[] = [
  'hinge',
  'halfHinge',
  'squaredHinge',
  'modifiedHuber',
  'softMargin',
  'hingeEmbedding',
];

describe('the plain kernels of rows', () => {
  it('take the logarithm of the softmax', () => {
    // softmax (1/4, 3/4), then the same far from 0, and a class that is ruled out
    const x = fromRows([
      [0, Math.log(3)],
      [1e4, 1e4],
      [-Infinity, 7],
    ]);
    expectClose(plain.logSoftmax(x).data.subarray(0, 4), [-1.3862944, -0.2876821, -Math.LN2, -Math.LN2]);
    expect(plain.logSoftmax(x).data.subarray(4)).toEqual(Float32Array.of(-Infinity, 0));
  });

  it('take its chain rule', () => {
    const weights = gaussian(3, 4, 2);
    const weighted = ({ x }: { x: Matrix }) => {
      const logs = plain.logSoftmax(x);
      const value = logs.data.reduce((sum, log, e) => sum + weights.data[e] * log, 0);
      return { value, gradients: { x: plain.logSoftmaxBackward(logs, weights) } };
    };
    expectGradient(weighted, { x: gaussian(3, 4, 1) }, ['x']);
    expectSignsMatter(weighted, { x: gaussian(3, 4, 1) }, ['x']);
  });

  it('take the softmax, and the logarithm of the sum that it divides by', () => {
    // (1/4, 3/4) of 4, the same far from 0, and a class that is ruled out
    const x = fromRows([
      [0, Math.log(3)],
      [1e4, 1e4],
      [-Infinity, 7],
    ]);
    expectClose(plain.softmax(x).data, [0.25, 0.75, 0.5, 0.5, 0, 1], 1e-7);
    expectClose(plain.logSumExp(x), [Math.log(4), 1e4 + Math.LN2, 7], 1e-11);
    expect(plain.logSumExp(matrix(2, 0))).toEqual(Float64Array.of(-Infinity, -Infinity));
  });

  it('take the chain rules of both', () => {
    const [weights, x] = [gaussian(3, 4, 2), gaussian(3, 4, 1)];
    const weighted = (batch: { x: Matrix }) => {
      const shares = plain.softmax(batch.x);
      const value = shares.data.reduce((sum, share, e) => sum + weights.data[e] * share, 0);
      return { value, gradients: { x: plain.softmaxBackward(shares, weights) } };
    };
    const summed = (batch: { x: Matrix }) => {
      const upstream = Float64Array.of(0.5, -1, 2);
      const value = plain.logSumExp(batch.x).reduce((sum, log, i) => sum + upstream[i] * log, 0);
      return { value, gradients: { x: plain.logSumExpBackward(batch.x, upstream) } };
    };
    for (const summary of [weighted, summed]) {
      expectGradient(summary, { x }, ['x']);
      expectSignsMatter(summary, { x }, ['x']);
    }
  });

  it('find the first number outside of two bounds, and NaN', () => {
    const x = fromRows([
      [1, 2, 3],
      [-1, NaN, 5],
    ]);
    expect(plain.firstOutside(x, -1, 5)).toBe(4);
    expect(plain.firstOutside(x, 0, 5)).toBe(3);
    expect(plain.firstOutside(x, -1, 2)).toBe(2);
    expect(plain.firstOutside(fromRows([[1, 2]]), 1, 2)).toBe(-1);
    expect(plain.firstOutside(matrix(0, 3), 1, 2)).toBe(-1);
  });
});

describe.skipIf(built === undefined)(
  'the native kernels of rows (skipped where no compiler built them)',
  () => {
    const kernels: Kernels = built ?? plain;

    it('take softmax cross-entropy as the plain ones do: labels and shares, with weights and without', () => {
      fc.assert(
        fc.property(
          shapes,
          fc.boolean(),
          fc.boolean(),
          fc.constantFrom(0, 0.1, 1),
          fc.constantFrom(0.01, 1, 30, 1e4, 1e38),
          ({ rows, cols, seed }, soft, weighted, smoothing, size) => {
            const common = {
              logits: askew(scaled(gaussian(rows, cols, seed, 1), size / 4)),
              weights: weighted ? gaussian(1, cols, seed, 2).data.map(Math.abs) : undefined,
              smoothing,
              upstream: 0.25,
            };
            const input: SoftmaxCrossEntropy = soft
              ? { ...common, targets: shares(rows, cols, seed, 3) }
              : {
                  ...common,
                  ignored: -100,
                  labels: Int32Array.from({ length: rows }, (_, i) => (i % 5 === 4 ? -100 : (i * 7) % cols)),
                };
            const [right, fresh] = [noise(rows, cols), askew(noise(rows, cols))];
            const inPlace = askew(common.logits);
            const [rightBack, back] = soft ? [noise(rows, cols), askew(noise(rows, cols))] : [];
            const theirs = plain.softmaxCrossEntropy(input, right, rightBack);
            const ours = kernels.softmaxCrossEntropy(input, fresh, back);
            expectClose(fresh.data, right.data, 1e-6);
            expectClose(back?.data ?? [], rightBack?.data ?? [], 1e-6);
            expectClose(ours.terms, theirs.terms, 1e-5);
            expectClose([ours.value], [theirs.value], 1e-6);
            kernels.softmaxCrossEntropy({ ...input, logits: inPlace }, inPlace);
            expect(inPlace.data).toEqual(fresh.data);
          },
        ),
        { numRuns: 200 },
      );
    });

    it('keep the slope of a row that is fitted well, by its label and by its shares', () => {
      const logits = fromRows([[0, 30, 1, -2]]);
      for (const by of [kernels, plain]) {
        for (const target of [
          { labels: Int32Array.of(1), ignored: -1 },
          { targets: fromRows([[0, 1, 0, 0]]) },
        ]) {
          const gradient = noise(1, 4);
          by.softmaxCrossEntropy({ logits, ...target, smoothing: 0, upstream: 1 }, gradient);
          // e^-30, e^-29 and e^-32
          const others = 9.3576e-14 + 2.5437e-13 + 1.2664e-14;
          expectClose(scaled(gradient, 1e13).data, [0.93576, -1e13 * others, 2.5437, 0.12664], 1e-4);
        }
      }
    });

    it('leave a row with a number that is not finite as it was, even in place, and say NaN', () => {
      for (const by of [kernels, plain]) {
        for (const wrong of [NaN, Infinity, -Infinity]) {
          const logits = gaussian(40, 33, 1);
          logits.data[20 * 33 + 32] = wrong;
          const before = logits.data.slice(20 * 33, 21 * 33);
          const input = { logits, labels: new Int32Array(40), ignored: 0, smoothing: 0, upstream: 1 };
          expect(by.softmaxCrossEntropy(input, logits).value).toBeNaN();
          expect(logits.data.subarray(20 * 33, 21 * 33)).toEqual(before);
          expect(by.firstOutside(logits, -1e30, 1e30)).toBe(20 * 33 + 32);
        }
      }
    });

    it('take the logarithm of the softmax as the plain ones do, and back, in place too', () => {
      fc.assert(
        fc.property(shapes, fc.constantFrom(0.01, 1, 30, 1e4), ({ rows, cols, seed }, size) => {
          const x = askew(scaled(gaussian(rows, cols, seed, 1), size));
          // all but the first entry of a row may be ruled out
          x.data.forEach((_, e) => (x.data[e] = e % cols > 0 && e % 7 === 0 ? -Infinity : x.data[e]));
          const [ours, theirs] = [kernels.logSoftmax(x), plain.logSoftmax(x)];
          const ruledOut = Float32Array.from(theirs.data, (log) => Number(log === -Infinity));
          expect(ours.data.map((log) => Number(log === -Infinity))).toEqual(ruledOut);
          const finite = (m: Matrix) => m.data.filter((log) => log !== -Infinity);
          expectClose(finite(ours), finite(theirs), 1e-6);
          const upstream = askew(gaussian(rows, cols, seed, 2));
          const back = kernels.logSoftmaxBackward(ours, upstream);
          expectClose(back.data, plain.logSoftmaxBackward(theirs, upstream).data, 1e-5);
          expect(kernels.logSoftmaxBackward(ours, upstream, upstream)).toEqual(back);
          expect(kernels.logSoftmax(x, x).data).toEqual(ours.data);
        }),
        { numRuns: 60 },
      );
    });

    it('take the softmax and the logarithm of its sum as the plain ones do, and back, in place too', () => {
      fc.assert(
        fc.property(shapes, fc.constantFrom(0.01, 1, 30, 1e4), ({ rows, cols, seed }, size) => {
          const x = askew(scaled(gaussian(rows, cols, seed, 1), size));
          // all but the first entry of a row may be ruled out
          x.data.forEach((_, e) => (x.data[e] = e % cols > 0 && e % 7 === 0 ? -Infinity : x.data[e]));
          const ours = kernels.softmax(x);
          expectClose(ours.data, plain.softmax(x).data, 1e-6);
          const upstream = askew(gaussian(rows, cols, seed, 2));
          const back = kernels.softmaxBackward(ours, upstream);
          expectClose(back.data, plain.softmaxBackward(ours, upstream).data, 1e-6);
          expect(kernels.softmaxBackward(ours, upstream, upstream)).toEqual(back);
          expectClose(kernels.logSumExp(x), plain.logSumExp(x), 1e-7);
          const factors = Float64Array.from(gaussian(1, rows, seed, 3).data);
          const turned = kernels.logSumExpBackward(x, factors);
          expectClose(turned.data, plain.logSumExpBackward(x, factors).data, 1e-6);
          expect(kernels.softmax(x, askew(x)).data).toEqual(ours.data);
          expect(kernels.logSumExpBackward(x, factors, x).data).toEqual(turned.data);
        }),
        { numRuns: 60 },
      );
    });

    it('take the losses of numbers as the plain ones do, listed or not, weighted or not, in place too', () => {
      fc.assert(
        fc.property(
          shapes,
          fc.constantFrom(...KINDS),
          fc.boolean(),
          fc.constantFrom(1e-4, 0.3, 1, 1e4, 1e20),
          ({ rows, cols, seed }, [kind, parameter], weighted, size) => {
            const signed = SIGNED.includes(kind);
            const whole = signed || WITHOUT_SHARES.includes(kind);
            const logs = (key: number) => plain.logSoftmax(scaled(gaussian(rows, cols, seed, key), 3));
            const predictions =
              kind === 'binaryCrossEntropyOfProbabilities'
                ? shares(rows, cols, seed, 1)
                : scaled(gaussian(rows, cols, seed, 1), size);
            const numbers = scaled(gaussian(rows, cols, seed, 2), size);
            const targets = signed ? signs(numbers) : whole ? numbers : shares(rows, cols, seed, 2);
            const input: Elementwise = {
              kind,
              parameter,
              focal: { positive: 0.3, negative: 0.7, epsilon: seed % 2 },
              predictions: askew(predictions),
              targets: kind === 'klDivergenceOfLogs' ? logs(2) : targets,
              weights: weighted ? gaussian(rows, cols, seed, 3) : undefined,
              columnWeights: !whole && weighted ? gaussian(1, cols, seed, 4).data.map(Math.abs) : undefined,
              upstream: 0.25,
              listed: weighted,
            };
            const [right, fresh] = [noise(rows, cols), askew(noise(rows, cols))];
            const [rightBack, back] = [noise(rows, cols), askew(noise(rows, cols))];
            const theirs = plain.elementwise(input, right, rightBack);
            const ours = kernels.elementwise(input, fresh, back);
            // these have differences of numbers as large as the predictions
            const large = size > 1 && (kind === 'squared' || kind === 'sigmoidFocal');
            const relative = (m: Matrix) => (large ? scaled(m, 1 / size) : m);
            expectClose(relative(fresh).data, relative(right).data, 1e-6);
            expectClose(relative(back).data, relative(rightBack).data, 2e-6);
            // without room for the targets' gradient, and with them for that room
            expect(kernels.elementwise(input, noise(rows, cols))).toEqual(ours);
            const over = askew(input.targets);
            kernels.elementwise({ ...input, targets: over }, noise(rows, cols), over);
            expect(over.data).toEqual(back.data);
            expectClose(ours.terms ?? [], theirs.terms ?? [], 1e-6);
            // terms of either sign add up to less than they are
            const each = plain.elementwise({ ...input, weights: undefined, listed: true }, noise(rows, cols));
            const sum = each.terms?.reduce((sizes, term) => sizes + Math.abs(term) / 4, 0) ?? 0;
            expect(Math.abs(ours.value - theirs.value)).toBeLessThanOrEqual(4e-6 * Math.max(1e-3, 3 * sum));
            // a term that is 0 in float64 need not be in float32, nor the other way
            const faint = kind === 'softMargin' || (large && kind === 'sigmoidFocal');
            if (size >= 0.3 && !faint) expect(ours.active).toBe(theirs.active);
            const inPlace = askew(input.predictions);
            kernels.elementwise({ ...input, predictions: inPlace }, inPlace);
            expect(inPlace.data).toEqual(fresh.data);
          },
        ),
        { numRuns: 300 },
      );
    });

    it('have all of a slope, half of it or none exactly at a margin', () => {
      for (const by of [kernels, plain]) {
        const slopes = (kind: 'hinge' | 'halfHinge' | 'hingeEmbedding', p: number, y: number) => {
          const numbers = { predictions: fromRows([[p]]), targets: fromRows([[y]]) };
          const input = { kind, ...numbers, parameter: 0.5, upstream: 1, listed: false };
          const gradient = noise(1, 1);
          by.elementwise(input, gradient);
          return gradient.data[0];
        };
        expect([slopes('hinge', 0.5, 1), slopes('hinge', -0.5, -1)]).toEqual([-1, 1]);
        expect([slopes('halfHinge', 0.5, 1), slopes('halfHinge', -0.5, -1)]).toEqual([-0.5, 0.5]);
        expect([slopes('hingeEmbedding', 0.5, -1), slopes('hingeEmbedding', 0.5, 1)]).toEqual([-1, 1]);
      }
    });

    it('have the small terms of log cosh, and its slopes, to all digits', () => {
      const predictions = matrix(
        1,
        400,
        Float32Array.from({ length: 400 }, (_, e) => 10 ** (e / 100 - 3.5)),
      );
      const input = {
        kind: 'logCosh',
        predictions,
        targets: matrix(1, 400),
        parameter: 0,
        upstream: 1,
        listed: true,
      } as const;
      const gradient = noise(1, 400);
      const { terms } = kernels.elementwise(input, gradient);
      predictions.data.forEach((e, k) => {
        // log cosh e = log1p(2 sinh² (e / 2))
        expect((terms?.[k] ?? NaN) / Math.log1p(2 * Math.sinh(e / 2) ** 2)).toBeCloseTo(1, 5);
        expect(gradient.data[k] / Math.tanh(e)).toBeCloseTo(1, 5);
      });
    });

    it('leave numbers that are not finite where they are, and say NaN', () => {
      for (const by of [kernels, plain]) {
        for (const [kind, parameter] of KINDS) {
          for (const name of ['predictions', 'targets', 'weights'] as const) {
            const input = {
              predictions: gaussian(60, 50, 1),
              targets: matrix(60, 50),
              weights: gaussian(60, 50, 2),
            };
            input[name].data[2999] = NaN;
            const rest = { kind, parameter, upstream: 1, listed: false };
            expect(by.elementwise({ ...input, ...rest }, input.predictions).value).toBeNaN();
            expect(by.firstOutside(input[name], -1e30, 1e30)).toBe(2999);
          }
        }
      }
    });

    it('find the first number out of bounds wherever it is', () => {
      const x = gaussian(3, 70_001, 1);
      for (const at of [0, 15, 16, 1023, 1024, 65_535, 65_536, 210_002]) {
        const wrong = matrix(3, 70_001, x.data.slice());
        wrong.data[at] = NaN;
        wrong.data[210_002] = Infinity;
        expect(kernels.firstOutside(askew(wrong), -1e3, 1e3)).toBe(at);
      }
      expect(kernels.firstOutside(x, -1e3, 1e3)).toBe(-1);
      expect(kernels.firstOutside(matrix(0, 0), 0, 0)).toBe(-1);
      expect(kernels.firstOutside(fromRows([[0, 1]]), 0, 1)).toBe(-1);
    });

    it('take rows without classes and matrices without rows', () => {
      for (const by of [kernels, plain]) {
        for (const empty of [matrix(0, 5), matrix(3, 0)]) {
          const rest = { smoothing: 0.1, upstream: 1 };
          const none = { logits: empty, targets: empty, ...rest };
          expect(by.softmaxCrossEntropy(none, empty).value).toBe(0);
          expect(by.logSoftmax(empty).data).toHaveLength(0);
          const numbers = {
            kind: 'huber',
            predictions: empty,
            targets: empty,
            parameter: 1,
            upstream: 1,
            listed: true,
          } as const;
          expect(by.elementwise(numbers, empty)).toMatchObject({ value: 0, active: 0 });
        }
      }
    });

    it('give the same value wherever the gradient is aligned', () => {
      const predictions = gaussian(901, 131, 1);
      const large = matrix(901, 10_007);
      large.data.forEach((_, e) => (large.data[e] = predictions.data[e % predictions.data.length]));
      const input = {
        kind: 'logCosh',
        predictions: large,
        targets: matrix(901, 10_007),
        parameter: 0,
        upstream: 1,
        listed: false,
      } as const;
      const { value } = kernels.elementwise(input, noise(901, 10_007));
      expect(kernels.elementwise(input, askew(noise(901, 10_007))).value).toBe(value);
    });

    it('give the same bits on one thread and on more, now and later, whatever the instruction set', async () => {
      const addon = addonFrom(createRequire(import.meta.url));
      // the second is large enough to be written past the caches
      const [small, large] = [gaussian(99, 131, 1), matrix(901, 10_007)];
      large.data.forEach((_, e) => (large.data[e] = small.data[e % small.data.length]));
      const run = async (threads: number, when: Kernels['later']): Promise<Buffer> => {
        addon?.useThreads(threads);
        const parts: Float32Array[] = [];
        for (const logits of [small, askew(large)]) {
          const { rows, cols } = logits;
          const gradient = askew(noise(rows, cols));
          const labels = Int32Array.from({ length: rows }, (_, i) => i % cols);
          const input = { logits, labels, ignored: 3, smoothing: 0.1, upstream: 1 };
          const { terms, value } = await when.softmaxCrossEntropy(input, gradient);
          const entries = askew(noise(rows, cols));
          const numbers = {
            kind: 'logCosh',
            predictions: logits,
            targets: gradient,
            parameter: 0,
            upstream: 1,
            listed: false,
          } as const;
          const sum = await when.elementwise(numbers, entries);
          const logs = await when.logSoftmax(logits);
          const back = await when.logSoftmaxBackward(logs, entries);
          parts.push(
            terms,
            Float32Array.of(value, sum.value),
            gradient.data,
            entries.data,
            logs.data,
            back.data,
          );
        }
        return Buffer.concat(parts.map(({ buffer }) => Buffer.from(buffer)));
      };
      const atOnce: Kernels['later'] = {
        ...kernels.later,
        softmaxCrossEntropy: async (...given) => kernels.softmaxCrossEntropy(...given),
        logSoftmax: async (...given) => kernels.logSoftmax(...given),
        logSoftmaxBackward: async (...given) => kernels.logSoftmaxBackward(...given),
        elementwise: async (...given) => kernels.elementwise(...given),
      };
      const [widest, available] = [addon?.instructionSet() ?? '', availableParallelism()];
      const sets = ['baseline', 'avx2', 'avx512', 'avx512bf16'].filter((name) =>
        addon?.useInstructionSet(name),
      );
      for (const name of sets) {
        addon?.useInstructionSet(name);
        const one = await run(1, atOnce);
        for (const threads of [2, 3]) expect((await run(threads, atOnce)).equals(one), name).toBe(true);
        expect((await run(2, kernels.later)).equals(one), name).toBe(true);
        const theirs = noise(99, 131);
        const input = { logits: small, targets: shares(99, 131, 5), smoothing: 0.1, upstream: 1 };
        plain.softmaxCrossEntropy(input, theirs);
        const ours = noise(99, 131);
        kernels.softmaxCrossEntropy(input, ours);
        expectClose(ours.data, theirs.data, 1e-6);
      }
      addon?.useInstructionSet(widest);
      addon?.useThreads(available);
      expect(sets).toContain('baseline');
    }, 60_000);
  },
);
