import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triplets } from '../../src/core/batches.ts';
import { fromRows, matrix, row, stack, type Matrix } from '../../src/core/matrix.ts';
import { random } from '../../src/core/random.ts';
import { cosine } from '../../src/distances/cosine.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { geometryOf } from '../../src/distances/geometry.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import type { Geometry, Kernels, TripletRows } from '../../src/kernels/kernels.ts';
import { native } from '../../src/kernels/native/native.ts';
import { plain } from '../../src/kernels/plain/plain.ts';
import { askew, expectClose, gaussian, noise } from '../matrices.ts';
import { everyWay } from './every-way.ts';

const distances = [dot, cosine, euclidean, squaredEuclidean];
const GEOMETRIES = ['dot', 'cosine', 'euclidean', 'squaredEuclidean'] as const;

/** Any rows in any role, some in several at once. */
function tripletsOf(count: number, rows: number, ...key: number[]): Triplets {
  const { below } = random(...key);
  const any = () => Uint32Array.from({ length: count }, () => below(rows));
  return { anchors: any(), positives: any(), negatives: any() };
}

/** What is in the gradients before does not count. */
function answer(by: Kernels, input: TripletRows) {
  const gradients = input.rows.map(({ rows, cols }) => askew(noise(rows, cols)));
  return { ...by.triplets(input, gradients), gradients: gradients.map(({ data }) => [...data]) };
}

const built = native();
const implementations: [string, Kernels][] = [['plain', plain]];
if (built !== undefined) implementations.push(['native', built]);

describe.each(implementations)('%s triplets', (_, kernels) => {
  const all = { anchors: Uint32Array.of(0), positives: Uint32Array.of(1), negatives: Uint32Array.of(2) };

  it('is how far a negative intrudes on the margin, and pulls along the lines between', () => {
    // on a line: |a - p| = 2, |a - n| = 3, so that 2 - 3 + 1.5 is left
    const rows = [fromRows([[0], [2], [-3]])];
    const input = { rows, triplets: all, geometry: 'euclidean', margin: 1.5, upstream: 10 } as const;
    expect(answer(kernels, input)).toEqual({
      value: 5,
      terms: Float32Array.of(0.5),
      active: 1,
      // nearer to p is to the right, farther from n too
      gradients: [[-20, 10, 10]],
    });
  });

  it('has no slope at the hinge or beyond it', () => {
    const rows = [fromRows([[0], [2], [-3]])];
    for (const margin of [0, 1]) {
      const input = { rows, triplets: all, geometry: 'euclidean', margin, upstream: 1 } as const;
      expect(answer(kernels, input)).toEqual({
        value: 0,
        terms: Float32Array.of(0),
        active: 0,
        gradients: [[0, 0, 0]],
      });
    }
  });

  it('is 0 for no triplets, and sets the gradients', () => {
    const none = { anchors: new Uint32Array(), positives: new Uint32Array(), negatives: new Uint32Array() };
    for (const geometry of GEOMETRIES) {
      const input = {
        rows: [gaussian(3, 2, 1), matrix(0, 2)],
        triplets: none,
        geometry,
        margin: 1,
        upstream: 1,
      };
      expect(answer(kernels, input)).toEqual({
        value: 0,
        terms: new Float32Array(),
        active: 0,
        gradients: [[0, 0, 0, 0, 0, 0], []],
      });
    }
  });

  it('has no slope between rows that are equal, by any distance that has none there, nor at zero rows', () => {
    const rows = [
      fromRows([
        [3, 4],
        [3, 4],
        [3, 4],
        [0, 0],
      ]),
    ];
    const flat = (geometry: Geometry, n: number) =>
      answer(kernels, {
        rows,
        triplets: { ...all, negatives: Uint32Array.of(n) },
        geometry,
        margin: 1,
        upstream: 1,
      });
    for (const geometry of ['cosine', 'euclidean', 'squaredEuclidean'] as const) {
      const { value, gradients } = flat(geometry, 2);
      expect(value).toBe(1);
      expectClose(gradients[0], new Float32Array(8), 1e-15);
    }
    // 0 and 1 from the zero row: nothing is left to pull
    const { gradients } = flat('cosine', 3);
    expectClose(gradients[0], new Float32Array(8), 1e-15);
  });

  it.each(distances)('is the sum of the distances and their slopes: $name', (distance) => {
    const cases = fc.record({
      count: fc.integer({ min: 0, max: 60 }),
      rows: fc.integer({ min: 1, max: 20 }),
      dim: fc.integer({ min: 1, max: 40 }),
      margin: fc.constantFrom(0, 0.2, 5),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(cases, ({ count, rows, dim, margin, seed }) => {
        const geometry = geometryOf(distance) ?? 'dot';
        const x = gaussian(rows, dim, seed, 1);
        const triplets = tripletsOf(count, rows, seed, 2);
        let value = 0;
        const slopes = matrix(rows, dim);
        for (let t = 0; t < count; t++) {
          const [a, p, n] = [triplets.anchors[t], triplets.positives[t], triplets.negatives[t]];
          const far = distance.between(row(x, a), row(x, n));
          const term = distance.between(row(x, a), row(x, p)) - far + margin;
          if (term <= 0) continue;
          value += 0.5 * term;
          distance.backward(row(x, a), row(x, p), 0.5, row(slopes, a), row(slopes, p));
          distance.backward(row(x, a), row(x, n), -0.5, row(slopes, a), row(slopes, n));
        }
        const given = { rows: [askew(x)], triplets, geometry, margin, upstream: 0.5 };
        const ours = answer(kernels, given);
        expectClose([ours.value], [value], 1e-10);
        expectClose(ours.gradients[0], slopes.data, 1e-5);
        expectClose([ours.terms.reduce((sum, term) => sum + term, 0) / 2], [value], 1e-5);
      }),
      { numRuns: 50 },
    );
  });

  it('takes rows of several matrices as those of one below the other', () => {
    const parts: [Matrix, Matrix, Matrix] = [gaussian(5, 9, 1), gaussian(7, 9, 2), gaussian(3, 9, 3)];
    for (const geometry of GEOMETRIES) {
      const given = { triplets: tripletsOf(40, 15, 4), geometry, margin: 1, upstream: 1 };
      const apart = answer(kernels, { rows: parts, ...given });
      const together = answer(kernels, { rows: [stack(...parts)], ...given });
      expect(apart.gradients.flat()).toEqual(together.gradients.flat());
      expect(apart.value).toBe(together.value);
    }
  });

  it('is promised too', async () => {
    const input = {
      rows: [gaussian(9, 4, 1)],
      triplets: tripletsOf(30, 9, 2),
      geometry: 'cosine',
      margin: 0.2,
      upstream: 1,
    } as const;
    const gradient = noise(9, 4);
    const { value } = await kernels.later.triplets(input, [gradient]);
    const now = answer(kernels, input);
    expect([value, ...gradient.data]).toEqual([now.value, ...now.gradients[0]]);
  });
});

describe.skipIf(built === undefined)('native triplets (skipped where no compiler built them)', () => {
  it('give the same bits on any number of threads, and those of the plain ones but for rounding', () => {
    for (const geometry of GEOMETRIES) {
      const input = {
        rows: [gaussian(150, 37, 1)],
        triplets: tripletsOf(500, 150, 2),
        geometry,
        margin: 0.3,
        upstream: 0.25,
      };
      const theirs = answer(plain, input);
      const bySet = new Map<string, unknown>();
      everyWay((way) => {
        const ours = answer(built ?? plain, input);
        expectClose(ours.gradients[0], theirs.gradients[0], 1e-6);
        expectClose(ours.terms, theirs.terms, 1e-6);
        expect(ours.active, way).toBe(theirs.active);
        const set = way.split(',')[0];
        expect(ours, way).toEqual(bySet.get(set) ?? ours);
        bySet.set(set, ours);
      });
    }
  });
});
