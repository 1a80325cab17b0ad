import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix, row, type Matrix } from '../../../src/core/matrix.ts';
import { random } from '../../../src/core/random.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { dot } from '../../../src/distances/dot.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { squaredEuclidean } from '../../../src/distances/squared-euclidean.ts';
import type { PairGeometry } from '../../../src/kernels/kernels.ts';
import { overAnchors } from '../../../src/losses/labelled/anchor-rows.ts';
import { expectClose, gaussian, noise } from '../../matrices.ts';

/** What each geometry is of the distances, which go a pair at a time: x, and its slope by that distance. */
const geometries = {
  dot: { distance: dot, x: (d: number) => -d, slope: () => -1 },
  cosine: { distance: cosine, x: (d: number) => 1 - d, slope: () => -1 },
  euclidean: { distance: euclidean, x: (d: number) => d, slope: () => 1 },
  squaredEuclidean: { distance: squaredEuclidean, x: (d: number) => d, slope: () => 1 },
  // |x - y|² = 2 (1 - x · y) of unit rows
  chord: { distance: cosine, x: (d: number) => Math.sqrt(2 * d), slope: (d: number) => 1 / Math.sqrt(2 * d) },
  squaredChord: { distance: cosine, x: (d: number) => 2 * d, slope: () => 2 },
} as const;

const names: readonly PairGeometry[] = [
  'dot',
  'cosine',
  'euclidean',
  'squaredEuclidean',
  'chord',
  'squaredChord',
];

/** Of each anchor some slopes: of every third but two, of the others all. */
function slopesFor(i: number, rows: number, seed: number): number[] {
  const { normal } = random(seed, i);
  const given = Array.from({ length: rows }, (_, j) => (i === j ? 0 : normal()));
  return i % 3 === 0 ? given.map((slope, j) => (j % Math.ceil(rows / 2) === 1 ? slope : 0)) : given;
}

function pairByPair(embeddings: Matrix, geometry: PairGeometry, seed: number) {
  const { distance, x, slope } = geometries[geometry];
  const { rows, cols } = embeddings;
  const gradient = matrix(rows, cols);
  const between = Array.from({ length: rows }, (_, i) => {
    const given = slopesFor(i, rows, seed);
    return given.map((upstream, j) => {
      const d = distance.between(row(embeddings, i), row(embeddings, j));
      if (upstream !== 0) {
        const along = upstream * slope(d);
        distance.backward(row(embeddings, i), row(embeddings, j), along, row(gradient, i), row(gradient, j));
      }
      return x(geometry === 'dot' ? d : Math.max(0, d));
    });
  });
  return { between, gradient };
}

describe('overAnchors', () => {
  it('shows what stands between rows, and brings slopes back, as a pair at a time does', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom(1, 3, 9, 130, 270),
        fc.integer({ min: 2, max: 20 }),
        fc.nat(),
        (geometry, rows, dim, seed) => {
          const embeddings = gaussian(rows, dim, seed);
          const expected = pairByPair(embeddings, geometry, seed);
          const labels = Int32Array.from({ length: rows }, (_, i) => i % 3);
          const seen: number[] = [];
          const gradient = overAnchors({ embeddings, labels }, geometry, (anchor) => {
            const { row: i, x, slopes, positives, negatives } = anchor;
            seen.push(i);
            const others = Array.from(x).map((value, j) => (i === j ? 0 : value));
            expectClose(
              others,
              expected.between[i].map((value, j) => (i === j ? 0 : value)),
              2e-6,
            );
            expect([...positives]).toEqual([...labels.keys()].filter((j) => j !== i && j % 3 === i % 3));
            expect([...negatives]).toEqual([...labels.keys()].filter((j) => j % 3 !== i % 3));
            slopes.set(slopesFor(i, rows, seed));
          })(0.5, noise(rows, dim));
          expect(seen).toEqual([...labels.keys()]);
          expectClose(
            gradient.data,
            expected.gradient.data.map((slope) => slope / 2),
            1e-5,
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('knows distances that are small beside the rows they are between', () => {
    // clusters of two a thousandth apart, far from one another and from 0
    const centers = gaussian(40, 6, 1);
    const steps = gaussian(80, 6, 2);
    const embeddings = matrix(
      80,
      6,
      steps.data.map((step, e) => 50 + centers.data[(Math.floor(e / 6) % 40) * 6 + (e % 6)] + 1e-3 * step),
    );
    overAnchors({ embeddings, labels: new Int32Array(80) }, 'euclidean', ({ row: i, x }) => {
      const partner = (i + 40) % 80;
      const exact = euclidean.between(row(embeddings, i), row(embeddings, partner));
      expect(Math.abs(x[partner] / exact - 1)).toBeLessThan(1e-6 + 1e-6 / exact);
    });
  });

  it('gives slopes of length one along small distances', () => {
    const embeddings = gaussian(30, 5, 4);
    for (let i = 1; i < 30; i += 2) {
      for (let k = 0; k < 5; k++) row(embeddings, i)[k] = row(embeddings, i - 1)[k] + (k === 0 ? 1e-3 : 0);
    }
    for (const geometry of ['euclidean', 'chord'] as const) {
      const gradient = overAnchors(
        { embeddings, labels: new Int32Array(30) },
        geometry,
        ({ row: i, slopes }) => {
          if (i % 2 === 0) slopes[i + 1] = 1;
        },
      )(1);
      for (let i = 0; i < 30; i += 2) {
        const [first, second] = [row(gradient, i), row(gradient, i + 1)];
        const length = (of: Matrix) => Math.hypot(...row(of, i));
        // of unit rows it is the rows' length less, and what is across the row
        if (geometry === 'euclidean') expect(length(gradient)).toBeCloseTo(1, 4);
        else expect(length(gradient)).toBeLessThanOrEqual(1.001 / length(embeddings));
        expectClose(
          first,
          second.map((slope) => -slope),
          2e-3,
        );
      }
    }
  });

  it('takes equal rows and zero rows for what they are', () => {
    const embeddings = matrix(4, 2, Float32Array.of(3, 4, 3, 4, 0, 0, 0, 0));
    const expected: Record<string, number[]> = {
      cosine: [1, 1, 0, 0],
      chord: [0, 0, 1, 1],
      squaredChord: [0, 0, 1, 1],
      euclidean: [0, 0, 5, 5],
      squaredEuclidean: [0, 0, 25, 25],
      dot: [25, 25, 0, 0],
    };
    for (const geometry of names) {
      const gradient = overAnchors(
        { embeddings, labels: new Int32Array(4) },
        geometry,
        ({ row: i, x, slopes }) => {
          if (i === 0) expectClose(Array.from(x), expected[geometry], 1e-6);
          if (geometry === 'cosine' && i === 3) expect(Array.from(x)).toEqual([0, 0, 0, 0]);
          slopes.fill(1);
        },
      )(1);
      expect(gradient.data.every(Number.isFinite)).toBe(true);
      if (geometry === 'cosine' || geometry === 'chord') expectClose(gradient.data.subarray(4), [0, 0, 0, 0]);
    }
  });
});
