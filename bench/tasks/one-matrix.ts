import type { Labelled, LabelledGradients } from '../../src/core/batches.ts';
import { matrix, stack } from '../../src/core/matrix.ts';
import type { Loss } from '../../src/losses/loss.ts';
import { ntXent } from '../../src/losses/labelled/nt-xent.ts';
import { supCon } from '../../src/losses/labelled/sup-con.ts';
import { lossDifference } from '../compare.ts';
import { centres, column, labelsOf, near, shuffledClasses, unitRows } from '../data.ts';
import type { Matrices, Task } from './task.ts';

const [rows, cols, temperature, classes] = [4096, 256, 0.1, 64];

interface OneMatrix {
  readonly name: string;
  readonly problem: string;
  readonly loss: Loss<Labelled, LabelledGradients>;
  readonly inputs: () => Matrices;
}

/** Half of the symmetric similarities, and one product for the gradient: (W + Wᵀ) A. */
function oneMatrix({ name, problem, loss, inputs }: OneMatrix): Task {
  return {
    name,
    rows,
    cols,
    flops: 3 * rows * rows * cols,
    peers: ['torch', 'torch-tuned'],
    problem,
    numbers: { temperature },
    inputs,
    ours(given) {
      const batch: Labelled = { embeddings: given.embeddings, labels: labelsOf(given.labels) };
      const into = { embeddings: matrix(rows, cols) };
      return () => ({ value: loss(batch, into).value, results: into });
    },
    difference: lossDifference,
  };
}

/** The first half are one view of the items, the second half another at a cosine of about 0.7, in the same order. */
export const ntXentTask = oneMatrix({
  name: 'nt-xent',
  problem: 'nt_xent',
  loss: ntXent({ temperature, similarity: 'dot' }),
  inputs() {
    const first = unitRows(rows / 2, cols, 0);
    const items = Array.from({ length: rows }, (_, i) => i % (rows / 2));
    return { embeddings: stack(first, near(first, 1, 1)), labels: column(items) };
  },
});

/** Rows of a class have a cosine of about 0.5. */
export const supConTask = oneMatrix({
  name: 'supcon',
  problem: 'supcon',
  loss: supCon({ temperature, similarity: 'dot' }),
  inputs() {
    const labels = shuffledClasses(rows, classes, 0);
    return { embeddings: near(centres(labels, classes, cols, 1), 1, 2), labels };
  },
});
