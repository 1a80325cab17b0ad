import type { Kernels } from '../kernels.ts';
import { adamW } from './adamw.ts';
import { elementwise } from './elementwise.ts';
import { firstOutside } from './first-outside.ts';
import { hardest } from './hardest.ts';
import { logSoftmax, logSoftmaxBackward } from './log-softmax.ts';
import { normalize, normalizeBackward } from './normalize.ts';
import { infoNce } from './pair-softmax.ts';
import { times, timesTransposed, transposedTimes } from './products.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';
import { topK } from './top-k.ts';

/** Readable TypeScript with float64 sums: the truth that other kernels are held to, and what runs without them. */
export const plain: Kernels = {
  name: 'plain',
  pace: 2e8,
  times,
  timesTransposed,
  transposedTimes,
  normalize,
  normalizeBackward,
  softmaxCrossEntropy,
  logSoftmax,
  logSoftmaxBackward,
  elementwise,
  firstOutside,
  infoNce,
  topK,
  hardest,
  adamW,
  later: {
    times: async (...given) => times(...given),
    timesTransposed: async (...given) => timesTransposed(...given),
    transposedTimes: async (...given) => transposedTimes(...given),
    softmaxCrossEntropy: async (...given) => softmaxCrossEntropy(...given),
    logSoftmax: async (...given) => logSoftmax(...given),
    logSoftmaxBackward: async (...given) => logSoftmaxBackward(...given),
    elementwise: async (...given) => elementwise(...given),
    firstOutside: async (...given) => firstOutside(...given),
    infoNce: async (...given) => infoNce(...given),
    topK: async (...given) => topK(...given),
  },
};
