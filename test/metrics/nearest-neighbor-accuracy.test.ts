import { describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../src/core/matrix.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { nearestNeighborAccuracy } from '../../src/metrics/nearest-neighbor-accuracy.ts';
import { retrievalByLabel } from '../../src/metrics/retrieval-by-label.ts';
import { gaussian } from '../matrices.ts';

describe('nearestNeighborAccuracy', () => {
  it('is by hand: right, wrong, a tie that goes to the first, and a label that no reference has', async () => {
    const references = { embeddings: fromRows([[0], [4], [8]]), labels: [1, 2, 1] };
    const found = await nearestNeighborAccuracy(fromRows([[1], [5], [6], [8]]), [1, 1, 2, 3], references, {
      distance: euclidean,
    });
    expect([...found]).toEqual([1, 0, 1, 0]);
  });

  it('is the precision at 1 of retrieval by label, where that is defined', async () => {
    const [queries, rows] = [gaussian(60, 5, 1), gaussian(90, 5, 2)];
    const [own, labels] = [60, 90].map((count) => Int32Array.from({ length: count }, (_, i) => (i * i) % 13));
    const references = { embeddings: rows, labels };
    const { precisionAt1 } = await retrievalByLabel(queries, own, { references });
    expect(await nearestNeighborAccuracy(queries, own, references)).toEqual(precisionAt1);
    expect(new Set(precisionAt1)).toEqual(new Set([0, 1]));
  });

  it('is 0 where there is no reference, and of no rows none', async () => {
    const none = { embeddings: matrix(0, 2), labels: [] };
    expect([...(await nearestNeighborAccuracy(fromRows([[1, 2]]), [0], none))]).toEqual([0]);
    expect(await nearestNeighborAccuracy(matrix(0, 2), [], none)).toHaveLength(0);
  });

  it('refuses labels that do not match', async () => {
    const rows = gaussian(3, 2, 1);
    await expect(nearestNeighborAccuracy(rows, [0], { embeddings: rows, labels: [0, 0, 0] })).rejects.toThrow(
      'nearestNeighborAccuracy: labels.length must be 3, got 1',
    );
    await expect(nearestNeighborAccuracy(rows, [0, 0, 0], { embeddings: rows, labels: [] })).rejects.toThrow(
      'nearestNeighborAccuracy: references.labels.length must be 3, got 0',
    );
  });
});
