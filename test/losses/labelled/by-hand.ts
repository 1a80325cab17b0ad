import type { Labelled } from '../../../src/core/batches.ts';
import { fromRows } from '../../../src/core/matrix.ts';

/**
 * Two items of two views: unit rows with cosines 0.6 (rows 0, 1), 0 (0, 2), 0.8 (0, 3), 0.8 (1, 2), 0.96 (1, 3) and 0.6 (2, 3); cosine
 * distances 0.4, 1, 0.2, 0.2, 0.04 and 0.4.
 */
export const byHand: Labelled = {
  embeddings: fromRows([
    [1, 0],
    [0.6, 0.8],
    [0, 1],
    [0.8, 0.6],
  ]),
  labels: Int32Array.of(4, 4, 9, 9),
};
