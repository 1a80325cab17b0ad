import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idLists } from '../../src/core/batches.ts';
import { matrix, type Matrix } from '../../src/core/matrix.ts';
import type { Kernels, PairGradients, PairSoftmax } from '../../src/kernels/kernels.ts';
import { addonFrom } from '../../src/kernels/native/addon.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { askew, gaussian } from '../matrices.ts';

const built = native();

/** The largest difference between two lists of numbers, over the largest of the second or what they are sums of. */
function difference(actual: ArrayLike<number>, expected: ArrayLike<number>, size = 1e-3): number {
  let [most, farthest] = [size, 0];
  for (let e = 0; e < expected.length; e++) {
    most = Math.max(most, Math.abs(expected[e]));
    // NaN counts as far
    const apart = Math.abs(actual[e] - expected[e]);
    farthest = apart <= farthest ? farthest : apart;
  }
  return farthest / most;
}

const shape = fc.record({
  rows: fc.integer({ min: 1, max: 210 }),
  dim: fc.integer({ min: 1, max: 70 }),
  others: fc.integer({ min: 0, max: 300 }),
  seed: fc.nat(),
});

describe.skipIf(built === undefined)('the native kernels (skipped where no compiler built them)', () => {
  const kernels: Kernels = built ?? plain;

  it('are those of C++', () => {
    expect(kernels.name).toMatch(/^native/);
  });

  it('multiply as the plain ones do, in each orientation, off alignment and with empty sides', () => {
    fc.assert(
      fc.property(shape, ({ rows, dim, others, seed }) => {
        const [a, b] = [askew(gaussian(rows, dim, seed, 1)), askew(gaussian(others, dim, seed, 2))];
        const c = gaussian(rows, others, seed, 3);
        expect(difference(kernels.timesTransposed(a, b).data, plain.timesTransposed(a, b).data)).toBeLessThan(
          1e-5,
        );
        expect(difference(kernels.times(c, b).data, plain.times(c, b).data)).toBeLessThan(1e-5);
        expect(difference(kernels.transposedTimes(a, c).data, plain.transposedTimes(a, c).data)).toBeLessThan(
          1e-5,
        );
      }),
      { numRuns: 40 },
    );
  });

  it('normalize as the plain ones do, and back', () => {
    fc.assert(
      fc.property(shape, fc.constantFrom(1e-25, 1, 1e25), ({ rows, dim, seed }, size) => {
        const x = gaussian(rows, dim, seed, 1);
        x.data.forEach((value, e) => (x.data[e] = e < dim ? 0 : size * value));
        const [ours, theirs] = [kernels.normalize(x), plain.normalize(x)];
        expect(difference(ours.unit.data, theirs.unit.data)).toBeLessThan(1e-6);
        expect(difference(ours.norms, theirs.norms)).toBeLessThan(1e-6);
        const upstream = gaussian(rows, dim, seed, 2);
        const back = [kernels.normalizeBackward(ours, upstream), plain.normalizeBackward(ours, upstream)];
        expect(difference(back[0].data, back[1].data)).toBeLessThan(1e-5);
      }),
      { numRuns: 60 },
    );
  });

  it('take softmax cross-entropy as the plain ones do, in place too', () => {
    fc.assert(
      fc.property(
        shape,
        fc.constantFrom(0, 0.1, 1),
        fc.constantFrom(0.01, 1, 30, 1e4),
        ({ rows, dim, seed }, smoothing, size) => {
          const logits = gaussian(rows, dim, seed, 1);
          logits.data.forEach((value, e) => (logits.data[e] = size * value));
          const labels = Int32Array.from({ length: rows }, (_, i) => (i % 5 === 4 ? -100 : (i * 7) % dim));
          const input = { logits, labels, ignored: -100, smoothing, upstream: 0.25 };
          const [right, inPlace] = [matrix(rows, dim), matrix(rows, dim, logits.data.slice())];
          const theirs = plain.softmaxCrossEntropy(input, right);
          const ours = kernels.softmaxCrossEntropy({ ...input, logits: inPlace }, inPlace);
          expect(difference(inPlace.data, right.data)).toBeLessThan(1e-5);
          expect(difference(ours.terms, theirs.terms)).toBeLessThan(1e-5);
          expect(Math.abs(ours.value - theirs.value)).toBeLessThanOrEqual(1e-5 * Math.max(1, theirs.value));
        },
      ),
      { numRuns: 80 },
    );
  });

  /** Both kernels' answer to one input. */
  function bothAnswers(input: PairSoftmax) {
    const answer = (by: Kernels) => {
      const { anchors, positives, negatives } = input;
      const gradients: PairGradients = {
        // what is in them before does not count
        anchors: gaussian(anchors.rows, anchors.cols, 91),
        positives: gaussian(positives.rows, positives.cols, 92),
        negatives: negatives && gaussian(negatives.rows, negatives.cols, 93),
      };
      return { ...by.infoNce(input, gradients), gradients };
    };
    return [answer(kernels), answer(plain)] as const;
  }

  it('take InfoNCE as the plain ones do: any shape, one way and both, negatives shared, owned or none, with masks', () => {
    fc.assert(
      fc.property(
        shape,
        fc.boolean(),
        fc.constantFrom('none', 'shared', 'own'),
        fc.constantFrom(0.01, 0.05, 1, 100),
        fc.integer({ min: 0, max: 2 }),
        fc.boolean(),
        ({ rows, dim, others, seed }, bothWays, kind, temperature, masks, dropping) => {
          const count = kind === 'own' ? 2 * rows : kind === 'none' ? 0 : others;
          const unit = (m: Matrix): Matrix => plain.normalize(m).unit;
          const key = (length: number, step: number) =>
            Int32Array.from({ length }, (_, i) => (i * step) % 23);
          const input: PairSoftmax = {
            anchors: unit(gaussian(rows, dim, seed, 1)),
            positives: unit(gaussian(rows, dim, seed, 2)),
            negatives: kind === 'none' ? undefined : unit(gaussian(count, dim, seed, 3)),
            offsets: kind === 'own' ? Uint32Array.from({ length: rows + 1 }, (_, i) => 2 * i) : undefined,
            scale: 1 / temperature,
            bothWays,
            masks: [7, 5].slice(0, masks).map((step) => ({
              items: key(rows, step),
              negatives: kind === 'none' ? undefined : key(count, step + 1),
            })),
            dropped: dropping
              ? idLists(Array.from({ length: rows }, (_, i) => [i, (i * 3) % (rows + count), rows + 2 * i]))
              : undefined,
            upstream: 1 / rows,
          };
          const [ours, theirs] = bothAnswers(input);
          expect(difference(ours.terms, theirs.terms)).toBeLessThan(1e-5);
          expect(Math.abs(ours.value - theirs.value)).toBeLessThanOrEqual(1e-5 * Math.max(1, theirs.value));
          // a gradient is a difference of weights that add up to as much as this
          const size = 1 / temperature / rows;
          const tolerance = Math.max(1e-5, 2e-7 / temperature);
          expect(difference(ours.gradients.anchors.data, theirs.gradients.anchors.data, size)).toBeLessThan(
            tolerance,
          );
          expect(
            difference(ours.gradients.positives.data, theirs.gradients.positives.data, size),
          ).toBeLessThan(tolerance);
          expect(
            difference(ours.gradients.negatives?.data ?? [], theirs.gradients.negatives?.data ?? [], size),
          ).toBeLessThan(tolerance);
          expect(Math.abs(ours.scale - theirs.scale)).toBeLessThanOrEqual(
            1e-5 * Math.max(1, Math.abs(theirs.scale)),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('give the same bits on one thread and on more, whatever the instruction set', () => {
    const addon = addonFrom(createRequire(import.meta.url));
    const input: PairSoftmax = {
      anchors: gaussian(210, 35, 1),
      positives: gaussian(210, 35, 2),
      negatives: gaussian(301, 35, 3),
      scale: 0.5,
      bothWays: true,
      masks: [],
      upstream: 1,
    };
    const logits = gaussian(99, 131, 4);
    const labels = Int32Array.from({ length: 99 }, (_, i) => i);
    const run = (threads: number): Buffer => {
      addon?.useThreads(threads);
      const [{ terms, gradients, value, scale }] = bothAnswers(input);
      const slopes = matrix(99, 131);
      const rows = { logits, labels, ignored: -100, smoothing: 0.1, upstream: 1 };
      const entropy = kernels.softmaxCrossEntropy(rows, slopes);
      const product = kernels.timesTransposed(input.anchors, input.positives);
      const { anchors, positives, negatives = anchors } = gradients;
      const matrices = [anchors, positives, negatives, slopes, product].map(({ data }) => data);
      const numbers = Float64Array.of(value, scale, entropy.value);
      return Buffer.concat(
        [terms, entropy.terms, ...matrices, numbers].map(({ buffer }) => Buffer.from(buffer)),
      );
    };
    const [widest, available] = [addon?.instructionSet() ?? '', availableParallelism()];
    const sets = ['baseline', 'avx2', 'avx512'].filter((name) => addon?.useInstructionSet(name));
    for (const name of sets) {
      addon?.useInstructionSet(name);
      expect(run(3).equals(run(1)), name).toBe(true);
      const [ours, theirs] = bothAnswers(input);
      expect(difference(ours.gradients.anchors.data, theirs.gradients.anchors.data), name).toBeLessThan(1e-5);
      expect(
        difference(ours.gradients.negatives?.data ?? [], theirs.gradients.negatives?.data ?? []),
        name,
      ).toBeLessThan(1e-5);
    }
    addon?.useInstructionSet(widest);
    addon?.useThreads(available);
    expect(sets).toContain('baseline');
  });

  it('give the same bits whether logits are kept, computed twice, or some of each', () => {
    const addon = addonFrom(createRequire(import.meta.url));
    const kept = 256 * 2 ** 20;
    for (const scale of [1, 60]) {
      const input: PairSoftmax = {
        anchors: plain.normalize(gaussian(500, 20, 1)).unit,
        positives: plain.normalize(gaussian(500, 20, 2)).unit,
        negatives: plain.normalize(gaussian(100, 20, 3)).unit,
        scale,
        bothWays: true,
        masks: [{ items: Int32Array.from({ length: 500 }, (_, i) => i % 90) }],
        upstream: 1,
      };
      const run = (budget: number): Buffer => {
        addon?.useBudget(budget);
        const [{ terms, gradients }] = bothAnswers(input);
        addon?.useBudget(kept);
        const { anchors, positives, negatives = anchors } = gradients;
        return Buffer.concat(
          [terms, anchors.data, positives.data, negatives.data].map(({ buffer }) => Buffer.from(buffer)),
        );
      };
      const all = run(kept);
      expect(run(0).equals(all), `scale ${scale}, none kept`).toBe(true);
      // one chunk of 192 rows and 768 columns
      expect(run(192 * 768 * 4).equals(all), `scale ${scale}, one kept`).toBe(true);
    }
  });

  it('step as the plain ones do', () => {
    const run = (by: Kernels): Float32Array => {
      const parameter = gaussian(9, 1001, 1);
      const moments = { mean: matrix(9, 1001), square: matrix(9, 1001) };
      for (let step = 1; step <= 5; step++) {
        const options = { rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.1, step };
        by.adamW(parameter, gaussian(9, 1001, 1, step), moments, options);
      }
      return parameter.data;
    };
    expect(difference(run(kernels), run(plain))).toBeLessThan(1e-6);
  });
});
