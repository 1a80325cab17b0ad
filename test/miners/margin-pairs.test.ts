import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosine } from '../../src/distances/cosine.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';
import { fromRows } from '../../src/core/matrix.ts';
import { marginPairs } from '../../src/miners/margin-pairs.ts';
import { batches, bothListed, line, type Pair, slowly } from './by-definition.ts';

describe('marginPairs', () => {
  it('takes positives past one margin and negatives within another', () => {
    // rows 0 and 3 are positives at 6, rows 0 and 2 negatives at 4
    const { pairs } = marginPairs({ positiveMargin: 6, negativeMargin: 4, distance: euclidean })(line);
    expect(bothListed(pairs)).toEqual([
      [
        [2, 4],
        [2, 5],
        [4, 2],
        [4, 5],
        [5, 2],
        [5, 4],
      ],
      [
        [1, 2],
        [2, 1],
        [2, 3],
        [3, 2],
      ],
    ]);
  });

  it('is by angle unless told otherwise, and takes similarities as distances', () => {
    const at = (degrees: number) => [
      Math.cos((degrees * Math.PI) / 180),
      Math.sin((degrees * Math.PI) / 180),
    ];
    const batch = { embeddings: fromRows([0, 30, 80, 170].map(at)), labels: Int32Array.of(0, 0, 1, 0) };
    // cosines: 0.87 of 30°, 0.64 of 50°, 0.17 of 80°, 0 of 90°
    const [positiveMargin, negativeMargin] = [cosine.fromScore(0.8), cosine.fromScore(0.3)];
    expect(bothListed(marginPairs({ positiveMargin, negativeMargin })(batch).pairs)).toEqual([
      [
        [0, 3],
        [1, 3],
        [3, 0],
        [3, 1],
      ],
      [
        [1, 2],
        [2, 1],
      ],
    ]);
    expect(bothListed(marginPairs()(batch).pairs)[1]).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  it('is its definition, whatever the batch', () => {
    const margin = fc.integer({ min: -1, max: 40 });
    fc.assert(
      fc.property(batches, margin, margin, (batch, positiveMargin, negativeMargin) => {
        const anchors = slowly(batch, squaredEuclidean);
        const expected = [
          anchors.flatMap(({ row, positives }) =>
            positives.filter(({ away }) => away > positiveMargin).map(({ number }): Pair => [row, number]),
          ),
          anchors.flatMap(({ row, negatives }) =>
            negatives.filter(({ away }) => away < negativeMargin).map(({ number }): Pair => [row, number]),
          ),
        ];
        const { pairs } = marginPairs({ positiveMargin, negativeMargin, distance: squaredEuclidean })(batch);
        expect(bothListed(pairs)).toEqual(expected);
      }),
    );
  });

  it('refuses margins that are no numbers', () => {
    expect(() => marginPairs({ positiveMargin: Infinity })).toThrow(
      new RangeError('marginPairs: positiveMargin must be a finite number, got Infinity'),
    );
    expect(() => marginPairs({ negativeMargin: NaN })).toThrow(
      'marginPairs: negativeMargin must be a finite number',
    );
  });
});
