import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix } from '../../src/core/matrix.ts';
import { firstColumn, relativesIn } from '../../src/core/relatives.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { batches, slowly } from '../miners/by-definition.ts';

const batch = {
  embeddings: matrix(4, 1),
  labels: Int32Array.of(7, -2, 7, 7),
  ids: Uint32Array.of(10, 11, 12, 13),
};
const references = {
  embeddings: matrix(3, 1),
  labels: Int32Array.of(-2, 7, 5),
  ids: Uint32Array.of(10, 12, 99),
};

describe('relativesIn', () => {
  it('are the other rows of the label and the rows of others', () => {
    expect(relativesIn(batch)(2)).toEqual({ positives: Uint32Array.of(0, 3), negatives: Uint32Array.of(1) });
    expect(relativesIn(batch)(1)).toEqual({
      positives: Uint32Array.of(),
      negatives: Uint32Array.of(0, 2, 3),
    });
  });

  it('are numbered through to the references, but for those of the id', () => {
    const of = relativesIn({ ...batch, references });
    expect(of(1)).toEqual({ positives: Uint32Array.of(4), negatives: Uint32Array.of(0, 2, 3, 5, 6) });
    expect(of(2)).toEqual({ positives: Uint32Array.of(0, 3), negatives: Uint32Array.of(1, 4, 6) });
    expect(of(0)).toEqual({ positives: Uint32Array.of(2, 3, 5), negatives: Uint32Array.of(1, 6) });
  });

  it('are references alone where these are, from column 0 on', () => {
    const alone = { ...batch, references: { ...references, alone: true } };
    expect(firstColumn(alone)).toBe(4);
    expect(relativesIn(alone)(3)).toEqual({ positives: Uint32Array.of(1), negatives: Uint32Array.of(0, 2) });
    expect(relativesIn(alone)(0)).toEqual({ positives: Uint32Array.of(1), negatives: Uint32Array.of(2) });
  });

  it('are what going through all rows finds, whatever the batch', () => {
    fc.assert(
      fc.property(batches, (each) => {
        const of = relativesIn(each);
        const first = firstColumn(each);
        for (const { row, positives, negatives } of slowly(each, euclidean)) {
          expect([...of(row).positives]).toEqual(positives.map(({ number }) => number - first));
          expect([...of(row).negatives]).toEqual(negatives.map(({ number }) => number - first));
        }
      }),
    );
  });
});
