import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRows, row } from '../../src/core/matrix.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { chord } from '../../src/distances/chord.ts';
import { manhattan } from '../../src/distances/lp.ts';
import { squaredChord } from '../../src/distances/squared-chord.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { batchHard } from '../../src/miners/batch-hard.ts';
import { gaussian } from '../matrices.ts';
import { batches, least, listed, slowly, type Triple } from './by-definition.ts';

const triplets = (anchors: number[], positives: number[], negatives: number[]) => ({
  anchors: Uint32Array.from(anchors),
  positives: Uint32Array.from(positives),
  negatives: Uint32Array.from(negatives),
});

/** On a line at 0, 1, 4, 6, 11 and 19. */
const line = fromRows([[0], [1], [4], [6], [11], [19]]);

describe('batchHard', () => {
  it('takes for each row the farthest of its class and the closest of another', () => {
    const labels = Int32Array.of(0, 0, 1, 0, 1, 1);
    // of class 0 are 0, 1 and 6; of class 1 are 4, 11 and 19
    expect(batchHard({ distance: euclidean })({ embeddings: line, labels }).triplets).toEqual(
      triplets([0, 1, 2, 3, 4, 5], [3, 3, 5, 0, 5, 2], [2, 2, 3, 2, 3, 3]),
    );
  });

  it('goes by angle unless told otherwise', () => {
    const turned = [
      [0, 1],
      [80, 9],
      [50, 0.1],
      [150, 0.3],
    ].map(([angle, length]) => [
      length * Math.cos((angle * Math.PI) / 180),
      length * Math.sin((angle * Math.PI) / 180),
    ]);
    const batch = { embeddings: fromRows(turned), labels: Int32Array.of(5, 5, 8, 5) };
    // 80° and 70° away from row 1 are rows 0 and 3
    expect(batchHard()(batch).triplets).toEqual(triplets([0, 1, 3], [3, 0, 0], [2, 2, 2]));
    // 9 · 0.3 cos 70° = 0.92 is less than 9 cos 80° = 1.56
    expect(batchHard({ distance: dot })(batch).triplets).toEqual(triplets([0, 1, 3], [3, 3, 0], [2, 2, 2]));
    // the long row 1 is far from both others, and these are 1.27 apart
    expect(batchHard({ distance: euclidean })(batch).triplets).toEqual(
      triplets([0, 1, 3], [1, 3, 1], [2, 2, 2]),
    );
  });

  it('leaves out a row without a positive, which may still be a negative', () => {
    const labels = Int32Array.of(0, 1, 2, 0, 3, 4);
    expect(batchHard({ distance: euclidean })({ embeddings: line, labels }).triplets).toEqual(
      triplets([0, 3], [3, 0], [1, 2]),
    );
  });

  it('has no triplet where all are of one class, or none is, or nothing is', () => {
    const mine = batchHard({ distance: euclidean });
    expect(mine({ embeddings: line, labels: new Int32Array(6) }).triplets).toEqual(triplets([], [], []));
    expect(mine({ embeddings: line, labels: Int32Array.of(0, 1, 2, 3, 4, 5) }).triplets).toEqual(
      triplets([], [], []),
    );
    expect(mine({ embeddings: fromRows([]), labels: new Int32Array(0) }).triplets).toEqual(
      triplets([], [], []),
    );
  });

  it('takes the first of equally far and near ones', () => {
    const embeddings = fromRows([[0], [5], [5], [-3], [-3]]);
    const labels = Int32Array.of(0, 0, 0, 1, 1);
    const { anchors, positives, negatives } = batchHard({ distance: euclidean })({
      embeddings,
      labels,
    }).triplets;
    expect([anchors[0], positives[0], negatives[0]]).toEqual([0, 1, 3]);
  });

  it('keeps what else is in the batch', () => {
    const batch = { embeddings: line, labels: Int32Array.of(0, 0, 1, 0, 1, 1), step: 7 };
    const mined = batchHard()(batch);
    expect(mined.step).toBe(7);
    expect(mined.embeddings).toBe(line);
    expect(batch).not.toHaveProperty('triplets');
  });

  it('leaves no farther positive and no closer negative, whatever the batch', () => {
    const point = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }), fc.nat(3));
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 90 }), (points) => {
        const embeddings = fromRows(points.map(([x, y]) => [x, y]));
        const labels = Int32Array.from(points, ([, , label]) => label);
        const { anchors, positives, negatives } = batchHard({ distance: euclidean })({
          embeddings,
          labels,
        }).triplets;
        // squared: whole numbers, so that what is equally far is so to the bit
        const far = (i: number, j: number): number =>
          row(embeddings, i).reduce((sum, x, k) => sum + (x - row(embeddings, j)[k]) ** 2, 0);
        const complete = [...labels.keys()].filter(
          (i) =>
            labels.some((label, j) => j !== i && label === labels[i]) &&
            labels.some((label) => label !== labels[i]),
        );
        expect([...anchors]).toEqual(complete);
        anchors.forEach((i, t) => {
          expect(labels[positives[t]]).toBe(labels[i]);
          expect(positives[t]).not.toBe(i);
          expect(labels[negatives[t]]).not.toBe(labels[i]);
          const distances = [...labels.keys()].map((j) => far(i, j));
          const farthest = Math.max(...distances.filter((_, j) => labels[j] === labels[i]));
          const closest = Math.min(...distances.filter((_, j) => labels[j] !== labels[i]));
          expect([distances[positives[t]], distances[negatives[t]]]).toEqual([farthest, closest]);
        });
      }),
    );
  });

  it('is its definition, whatever the batch and what stands beside it', () => {
    const distances = fc.constantFrom(squaredEuclidean, euclidean, dot, manhattan);
    fc.assert(
      fc.property(batches, distances, (batch, distance) => {
        const expected = slowly(batch, distance).flatMap(({ row: a, positives, negatives }) =>
          least(positives, (away) => -away).flatMap((p) =>
            least(negatives, (away) => away).map((n): Triple => [a, p.number, n.number]),
          ),
        );
        expect(listed(batchHard({ distance })(batch).triplets)).toEqual(expected);
      }),
    );
  });

  it('goes by the chord, as by angle, where no row is zero', () => {
    const batch = {
      embeddings: gaussian(50, 4, 8),
      labels: Int32Array.from({ length: 50 }, (_, i) => i % 6),
    };
    const byAngle = batchHard()(batch).triplets;
    expect(batchHard({ distance: chord })(batch).triplets).toEqual(byAngle);
    expect(batchHard({ distance: squaredChord })(batch).triplets).toEqual(byAngle);
  });

  it('has a zero row at 1 from others by the chord, and from zero rows at 0', () => {
    // the others are at 90° of one another, √2 apart
    const embeddings = fromRows([
      [0, 0],
      [0, 0],
      [3, 0],
      [0, 2],
    ]);
    const batch = { embeddings, labels: Int32Array.of(0, 1, 0, 1) };
    expect(listed(batchHard({ distance: chord })(batch).triplets)).toEqual([
      [0, 2, 1],
      [1, 3, 0],
      [2, 0, 1],
      [3, 1, 0],
    ]);
  });

  it('is promised too, with the same triplets', async () => {
    const batch = {
      embeddings: gaussian(50, 4, 8),
      labels: Int32Array.from({ length: 50 }, (_, i) => i % 6),
    };
    const references = {
      embeddings: gaussian(9, 4, 9),
      labels: Int32Array.from({ length: 9 }, (_, i) => i % 6),
    };
    for (const distance of [euclidean, chord, manhattan]) {
      const mine = batchHard({ distance });
      expect((await mine.later(batch)).triplets).toEqual(mine(batch).triplets);
      const beside = { ...batch, references };
      expect((await mine.later(beside)).triplets).toEqual(mine(beside).triplets);
    }
    await expect(batchHard().later({ ...batch, labels: new Int32Array(2) })).rejects.toThrow(
      new RangeError('batchHard: labels.length must be 50, got 2'),
    );
  });

  it('refuses labels of another number and entries that are not finite', () => {
    expect(() => batchHard()({ embeddings: line, labels: new Int32Array(5) })).toThrow(
      new RangeError('batchHard: labels.length must be 6, got 5'),
    );
    expect(() => batchHard()({ embeddings: fromRows([[1], [NaN]]), labels: new Int32Array(2) })).toThrow(
      new RangeError('batchHard: embeddings row 1 must be finite, got NaN in column 0'),
    );
  });
});
