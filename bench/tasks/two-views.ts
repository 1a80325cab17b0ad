import { createRequire } from 'node:module';
import { matrix } from '../../src/core/matrix.ts';
import { addonFrom } from '../../src/kernels/native/addon.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { lossDifference } from '../compare.ts';
import { centres, near, shuffledClasses, unitRows } from '../data.ts';
import type { Matrices, Task } from './task.ts';

interface TwoViews {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly temperature: number;
  readonly symmetric: boolean;
  readonly inputs: () => Matrices;
}

/** Three products of rows × rows × cols: the similarities, and the gradient of each side. */
function twoViews({ name, rows, cols, temperature, symmetric, inputs }: TwoViews): Task {
  return {
    name,
    rows,
    cols,
    flops: 6 * rows * rows * cols,
    peers: ['torch', 'torch-tuned'],
    problem: symmetric ? 'symmetric_infonce' : 'infonce',
    numbers: { temperature },
    inputs,
    ours({ anchors, positives }) {
      const loss = infoNce({ temperature, symmetric, similarity: 'dot' });
      const into = { anchors: matrix(rows, cols), positives: matrix(rows, cols) };
      return () => ({ value: loss({ anchors, positives }, into).value, results: into });
    },
    difference: lossDifference,
  };
}

/**
 * Anchors in directions drawn evenly, positives at a cosine of about 0.45: well enough learned to be told from the
 * negatives, not so well that the gradient vanishes.
 */
function spreadViews(rows: number, cols: number): Matrices {
  const anchors = unitRows(rows, cols, 0);
  return { anchors, positives: near(anchors, 2, 1) };
}

/** Both views near the centre of the item's cluster; any two rows of a cluster have a cosine of about 0.8. */
function clusteredViews(rows: number, cols: number, clusters: number): Matrices {
  const around = centres(shuffledClasses(rows, clusters, 0), clusters, cols, 1);
  return { anchors: near(around, 0.5, 2), positives: near(around, 0.5, 3) };
}

export const symmetricSmall: Task = twoViews({
  name: 'symmetric-infonce',
  rows: 1024,
  cols: 256,
  temperature: 0.05,
  symmetric: true,
  inputs: () => spreadViews(1024, 256),
});

export const symmetric: Task = twoViews({
  name: 'symmetric-infonce',
  rows: 4096,
  cols: 512,
  temperature: 0.05,
  symmetric: true,
  inputs: () => spreadViews(4096, 512),
});

/** PyTorch keeps some 5 GB of rows × rows numbers, and three times as many where its heap is kept. */
export const large: Task = {
  ...twoViews({
    name: 'infonce-large',
    rows: 16384,
    cols: 768,
    temperature: 0.05,
    symmetric: false,
    inputs: () => spreadViews(16384, 768),
  }),
  peers: ['torch-tuned'],
  peerMb: 17_000,
};

const clustered = twoViews({
  name: 'infonce-clusters',
  rows: 4096,
  cols: 512,
  temperature: 0.01,
  symmetric: false,
  inputs: () => clusteredViews(4096, 512, 64),
});

/** Most weights vanish here, and with them whole tiles; the second row is what it takes to compute them all. */
export const clusters: Task = {
  ...clustered,
  variants: { [`${clustered.name}, no skipping`]: withoutSkipping(clustered.ours) },
};

function withoutSkipping(ours: Task['ours']): Task['ours'] {
  return async (inputs) => {
    const addon = addonFrom(createRequire(import.meta.url));
    const run = await ours(inputs);
    return async () => {
      addon?.useSkipping(0);
      try {
        return await run();
      } finally {
        addon?.useSkipping(1);
      }
    };
  };
}
