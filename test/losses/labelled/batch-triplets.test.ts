import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, matrix, row } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { dot } from '../../../src/distances/dot.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { batchAllTriplet } from '../../../src/losses/labelled/batch-all-triplet.ts';
import { batchHardTriplet } from '../../../src/losses/labelled/batch-hard-triplet.ts';
import { batchSemiHardTriplet } from '../../../src/losses/labelled/batch-semi-hard-triplet.ts';
import { triplet } from '../../../src/losses/labelled/triplet.ts';
import { batchHard } from '../../../src/miners/batch-hard.ts';
import { expectClose, gaussian } from '../../matrices.ts';
import { byHand } from './by-hand.ts';

const distances = { cosine, dot, euclidean } as const;
const geometries = ['cosine', 'dot', 'euclidean'] as const;

const batches = fc
  .record({ rows: fc.constantFrom(5, 20, 140), classes: fc.integer({ min: 1, max: 4 }), seed: fc.nat() })
  .map(({ rows, classes, seed }) => ({
    embeddings: gaussian(rows, 6, seed),
    labels: Int32Array.from({ length: rows }, (_, i) => (i * i + seed) % classes),
  }));

describe('batchAllTriplet', () => {
  it('is, worked by hand, the mean over violations', () => {
    // rows 0 and 2 are violated by 0.4, rows 1 and 3 by 0.4 and 0.56
    const { value, terms, active } = batchAllTriplet()(byHand);
    expect(value).toBeCloseTo(2.72 / 6, 6);
    expectClose(terms ?? [], [0.4, 0.96, 0.4, 0.96], 1e-6);
    expect(active).toBe(6);
    expect(batchAllTriplet({ reduction: 'mean' })(byHand).value).toBeCloseTo(2.72 / 8, 6);
    expect(batchAllTriplet({ reduction: 'sum' })(byHand).value).toBeCloseTo(2.72, 5);
  });

  it('is triplet over all triplets', () => {
    fc.assert(
      fc.property(
        batches,
        fc.constantFrom(...geometries),
        fc.double({ min: 0, max: 2, noNaN: true }),
        (batch, geometry, margin) => {
          const sorted = batchAllTriplet({ margin, geometry, reduction: 'mean' })(batch);
          const tried = triplet({ margin, distance: distances[geometry] })(batch);
          expectClose([sorted.value], [tried.value], 1e-5);
          expectClose(sorted.gradients.embeddings.data, tried.gradients.embeddings.data, 1e-5);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('does not count a triplet at the hinge itself', () => {
    // distances 5 and 5 from row 0, 5 and √50 from row 1
    const embeddings = fromRows([
      [0, 0],
      [3, 4],
      [-4, 3],
    ]);
    const { value, active, gradients } = batchAllTriplet({ margin: 0, geometry: 'euclidean' })({
      embeddings,
      labels: Int32Array.of(1, 1, 2),
    });
    expect([value, active]).toEqual([0, 0]);
    expect(gradients.embeddings.data.every((slope) => slope === 0)).toBe(true);
  });
});

describe('batchHardTriplet', () => {
  it('is, worked by hand, of the farthest positive and the nearest negative', () => {
    const { value, terms, active } = batchHardTriplet()(byHand);
    expectClose(terms ?? [], [0.4, 0.56, 0.4, 0.56], 1e-6);
    expect(value).toBeCloseTo(0.48, 6);
    expect(active).toBe(4);
    const soft = [Math.log(1 + Math.exp(0.2)), Math.log(1 + Math.exp(0.36))];
    expectClose(batchHardTriplet({ margin: 'soft' })(byHand).terms ?? [], [...soft, ...soft], 1e-6);
    // √0.8 to the positive, √0.4 and √0.08 to the negatives
    const chords = [Math.sqrt(0.8) - Math.sqrt(0.4) + 0.1, Math.sqrt(0.8) - Math.sqrt(0.08) + 0.1];
    const { terms: byChord } = batchHardTriplet({ margin: 0.1, geometry: 'chord' })(byHand);
    expectClose(byChord ?? [], [...chords, ...chords], 1e-6);
  });

  it('is triplet of what the miner finds', () => {
    fc.assert(
      fc.property(batches, fc.constantFrom(...geometries), (batch, geometry) => {
        const distance = distances[geometry];
        const whole = batchHardTriplet({ margin: 0.5, geometry })(batch);
        const mined = triplet({ margin: 0.5, distance })(batchHard({ distance })(batch));
        expectClose([whole.value], [mined.value], 1e-5);
        expect(whole.active).toBe(mined.active);
        expectClose(whole.gradients.embeddings.data, mined.gradients.embeddings.data, 1e-5);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves out what has no positive or no negative, or takes it as sentence-transformers does', () => {
    const lone = { ...byHand, labels: Int32Array.of(4, 4, 4, 9) };
    // row 3 has no positive; its nearest negative is 0.04 away
    expectClose(batchHardTriplet({ margin: 0.2 })(lone).terms?.subarray(3) ?? [], [0]);
    const all = batchHardTriplet({ margin: 0.2, anchors: 'all' })(lone);
    expectClose(all.terms?.subarray(3) ?? [], [0.16], 1e-6);
    expect(all.value).toBeCloseTo(
      (all.terms ?? new Float32Array()).reduce((sum, term) => sum + term, 0) / 4,
      6,
    );
    const one = { ...byHand, labels: Int32Array.of(4, 4, 4, 4) };
    expect(batchHardTriplet({ margin: 0.2 })(one)).toMatchObject({ value: 0, active: 0 });
    const { value, gradients } = batchHardTriplet({ margin: 0.2, anchors: 'all' })(one);
    expect(value).toBeCloseTo(0.2, 6);
    expect(gradients.embeddings.data.every((slope) => slope === 0)).toBe(true);
  });

  it('does not overflow where a violation is large', () => {
    const embeddings = fromRows([[-1e4], [1e4], [-1e4 + 1]]);
    const { value } = batchHardTriplet({ margin: 'soft', geometry: 'euclidean', reduction: 'sum' })({
      embeddings,
      labels: Int32Array.of(1, 1, 2),
    });
    expect(value / (2e4 - 1 + 1 + Math.log(2))).toBeCloseTo(1, 3);
  });
});

describe('batchSemiHardTriplet', () => {
  it('is, worked by hand, of the nearest negative that is farther, or the farthest', () => {
    // rows 0 and 2 have the semi-hard negative at 1; rows 1 and 3 have none farther than 0.4, and 0.2 is the farthest
    const { value, terms, active } = batchSemiHardTriplet()(byHand);
    expectClose(terms ?? [], [0, 0.4, 0, 0.4], 1e-6);
    expect(value).toBeCloseTo(0.2, 6);
    expect(active).toBe(2);
  });

  it('finds for each positive what trying every negative finds', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const { embeddings, labels } = batch;
        const violations = Array.from(labels, (label, a) => {
          const from = (j: number): number => euclidean.between(row(embeddings, a), row(embeddings, j));
          const negatives = [...labels.keys()].filter((n) => labels[n] !== label).map(from);
          if (negatives.length === 0) return 0;
          return [...labels.keys()]
            .filter((p) => p !== a && labels[p] === label)
            .map((p) => {
              const farther = negatives.filter((d) => d > from(p));
              const n = farther.length > 0 ? Math.min(...farther) : Math.max(...negatives);
              return Math.max(0, from(p) - n + 0.5);
            })
            .reduce((sum, violation) => sum + violation, 0);
        });
        const { terms } = batchSemiHardTriplet({ margin: 0.5, geometry: 'euclidean' })(batch);
        expectClose(terms ?? [], violations, 1e-5);
      }),
      { numRuns: 30 },
    );
  });

  it('without negatives has no terms, or as sentence-transformers one at distance 0', () => {
    const one = { ...byHand, labels: Int32Array.of(4, 4, 4, 4) };
    expect(batchSemiHardTriplet()(one)).toMatchObject({ value: 0, active: 0 });
    const mean = (0.4 + 1 + 0.2 + 0.2 + 0.04 + 0.4) / 6;
    expect(batchSemiHardTriplet({ anchors: 'all' })(one).value).toBeCloseTo(mean + 0.2, 6);
    expect(
      batchSemiHardTriplet({ anchors: 'all' })({ embeddings: matrix(1, 3), labels: Int32Array.of(1) }),
    ).toMatchObject({ value: 0, active: 0 });
  });
});
