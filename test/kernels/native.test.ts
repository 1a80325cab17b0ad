import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/core/matrix.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { addonFrom } from '../../src/kernels/native/addon.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { askew, gaussian } from '../matrices.ts';
import { difference } from './difference.ts';

const built = native();

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

  it('multiply by more entries than they take at a time, to results that are no whole blocks', () => {
    const long = fc.record({
      rows: fc.integer({ min: 1, max: 110 }),
      cols: fc.integer({ min: 1, max: 90 }),
      depth: fc.integer({ min: 120, max: 900 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(long, ({ rows, cols, depth, seed }) => {
        const [a, b] = [askew(gaussian(rows, depth, seed, 1)), askew(gaussian(cols, depth, seed, 2))];
        const [down, across] = [askew(gaussian(depth, rows, seed, 3)), askew(gaussian(depth, cols, seed, 4))];
        for (const [ours, theirs] of [
          [kernels.timesTransposed(a, b), plain.timesTransposed(a, b)],
          [kernels.times(a, across), plain.times(a, across)],
          [kernels.transposedTimes(down, across), plain.transposedTimes(down, across)],
        ]) {
          expect(difference(ours.data, theirs.data)).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 20 },
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

  it('take the products of rows beside one another as the plain ones do, and blend them', () => {
    fc.assert(
      fc.property(shape, fc.constantFrom(1e-25, 1, 1e25), ({ rows, dim, seed }, size) => {
        const [x, y] = [1, 2].map((key) => gaussian(rows, dim, seed, key));
        for (const { data } of [x, y]) data.forEach((value, e) => (data[e] = size * value));
        const [ours, theirs] = [kernels.rowProducts(x, y), plain.rowProducts(x, y)];
        for (const name of ['xx', 'yy', 'xy', 'apart'] as const) {
          const unscaled = [ours, theirs].map((products) => products[name].map((sum) => sum / size ** 2));
          expect(difference(unscaled[0], unscaled[1])).toBeLessThan(1e-14);
        }
        const [ofX, ofY] = [theirs.xy, theirs.apart].map((sums) => sums.map((sum) => sum / size ** 2.5));
        const [blend, same] = [kernels.blendRows(x, y, ofX, ofY), plain.blendRows(x, y, ofX, ofY)];
        expect(blend.data).toEqual(same.data);
        expect(kernels.blendRows(x, y, ofX, ofY, y)).toEqual(blend);
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

  it('give the same bits on one thread and on more, whatever the instruction set', () => {
    const addon = addonFrom(createRequire(import.meta.url));
    const [left, right] = [gaussian(210, 35, 1), gaussian(210, 35, 2)];
    const logits = gaussian(99, 131, 4);
    const labels = Int32Array.from({ length: 99 }, (_, i) => i);
    const run = (threads: number): Buffer => {
      addon?.useThreads(threads);
      const slopes = matrix(99, 131);
      const rows = { logits, labels, ignored: -100, smoothing: 0.1, upstream: 1 };
      const entropy = kernels.softmaxCrossEntropy(rows, slopes);
      const product = kernels.timesTransposed(left, right);
      const arrays = [entropy.terms, slopes.data, product.data, Float64Array.of(entropy.value)];
      return Buffer.concat(arrays.map(({ buffer }) => Buffer.from(buffer)));
    };
    const [widest, available] = [addon?.instructionSet() ?? '', availableParallelism()];
    const sets = ['baseline', 'avx2', 'avx512', 'avx512bf16'].filter((name) =>
      addon?.useInstructionSet(name),
    );
    for (const name of sets) {
      addon?.useInstructionSet(name);
      expect(run(3).equals(run(1)), name).toBe(true);
    }
    addon?.useInstructionSet(widest);
    addon?.useThreads(available);
    expect(sets).toContain('baseline');
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
