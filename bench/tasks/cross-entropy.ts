import { matrix } from '../../src/core/matrix.ts';
import { crossEntropy } from '../../src/losses/classification/cross-entropy.ts';
import { lossDifference } from '../compare.ts';
import { labelsOf, normalRows, shuffledClasses } from '../data.ts';
import type { Task } from './task.ts';

const [rows, classes, smoothing] = [4096, 10_000, 0.1];

/** One pass over memory, and no product. Logits are normal, the gradient's matrix is there before. */
export const crossEntropyTask: Task = {
  name: 'cross-entropy',
  rows,
  cols: classes,
  peers: ['torch', 'torch-tuned'],
  problem: 'cross_entropy',
  numbers: { smoothing },
  inputs: () => ({ logits: normalRows(rows, classes, 0), labels: shuffledClasses(rows, classes, 1) }),
  ours(inputs) {
    const loss = crossEntropy({ labelSmoothing: smoothing });
    const batch = { logits: inputs.logits, labels: labelsOf(inputs.labels) };
    const into = { logits: matrix(rows, classes) };
    return () => ({ value: loss(batch, into).value, results: into });
  },
  difference: lossDifference,
};
