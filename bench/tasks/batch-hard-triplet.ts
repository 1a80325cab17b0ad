import { matrix } from '../../src/core/matrix.ts';
import { dot } from '../../src/distances/dot.ts';
import { triplet } from '../../src/losses/labelled/triplet.ts';
import { batchHard } from '../../src/miners/batch-hard.ts';
import { lossDifference } from '../compare.ts';
import { centres, labelsOf, near, shuffledClasses } from '../data.ts';
import type { Task } from './task.ts';

const [rows, cols, classes, margin] = [2048, 256, 64, 0.2];

/**
 * Mining and the loss. Rows of a class have a cosine of about 0.5. Of unit rows the cosine distance is 1 - x · y, which is
 * what both sides take, without normalizing: `dot` differs from it by the 1. The similarities are symmetric, so half
 * of them will do; the gradient has no rows × rows product.
 */
export const batchHardTriplet: Task = {
  name: 'batch-hard-triplet',
  rows,
  cols,
  flops: rows * rows * cols,
  peers: ['torch', 'torch-tuned'],
  problem: 'batch_hard_triplet',
  numbers: { margin },
  inputs() {
    const labels = shuffledClasses(rows, classes, 0);
    return { embeddings: near(centres(labels, classes, cols, 1), 1, 2), labels };
  },
  ours(inputs) {
    const [mine, loss] = [batchHard({ distance: dot }), triplet({ margin, distance: dot })];
    const batch = { embeddings: inputs.embeddings, labels: labelsOf(inputs.labels) };
    const into = { embeddings: matrix(rows, cols) };
    return () => ({ value: loss(mine(batch), into).value, results: into });
  },
  difference: lossDifference,
};
