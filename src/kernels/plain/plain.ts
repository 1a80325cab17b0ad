import type { Kernels } from '../kernels.ts';
import { activation, activationBackward } from './activation.ts';
import { adamW } from './adamw.ts';
import { elementwise } from './elementwise.ts';
import { firstOutside } from './first-outside.ts';
import { gather } from './gather.ts';
import { hardest } from './hardest.ts';
import { logSoftmax, logSoftmaxBackward } from './log-softmax.ts';
import { blendRows, rowProducts } from './beside.ts';
import { normalize, normalizeBackward } from './normalize.ts';
import { pairs } from './pairs.ts';
import { pack } from './pack.ts';
import { times, timesTransposed, transposedTimes } from './products.ts';
import { logSumExp, logSumExpBackward, softmax, softmaxBackward } from './softmax.ts';
import { resample, resampleInPieces } from './resample.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';
import { topK, topKInPieces } from './top-k.ts';
import { triplets } from './triplets.ts';
import { weightedSums } from './weighted-sums.ts';

/** Readable TypeScript with float64 sums: the truth that other kernels are held to, and what runs without them. */
export const plain: Kernels = {
  name: 'plain',
  times,
  timesTransposed,
  transposedTimes,
  normalize,
  normalizeBackward,
  rowProducts,
  blendRows,
  softmaxCrossEntropy,
  pairs,
  triplets,
  pack,
  logSoftmax,
  logSoftmaxBackward,
  softmax,
  softmaxBackward,
  logSumExp,
  logSumExpBackward,
  elementwise,
  firstOutside,
  topK,
  hardest,
  resample,
  gather,
  weightedSums,
  activation,
  activationBackward,
  adamW,
  later: {
    times: async (...given) => times(...given),
    timesTransposed: async (...given) => timesTransposed(...given),
    transposedTimes: async (...given) => transposedTimes(...given),
    normalize: async (...given) => normalize(...given),
    normalizeBackward: async (...given) => normalizeBackward(...given),
    rowProducts: async (...given) => rowProducts(...given),
    blendRows: async (...given) => blendRows(...given),
    softmaxCrossEntropy: async (...given) => softmaxCrossEntropy(...given),
    pairs: async (...given) => pairs(...given),
    triplets: async (...given) => triplets(...given),
    pack: async (rows) => pack(rows),
    topK: (...given) => topKInPieces(...given),
    hardest: async (...given) => hardest(...given),
    resample: (...given) => resampleInPieces(...given),
    logSoftmax: async (...given) => logSoftmax(...given),
    logSoftmaxBackward: async (...given) => logSoftmaxBackward(...given),
    softmax: async (...given) => softmax(...given),
    softmaxBackward: async (...given) => softmaxBackward(...given),
    logSumExp: async (...given) => logSumExp(...given),
    logSumExpBackward: async (...given) => logSumExpBackward(...given),
    elementwise: async (...given) => elementwise(...given),
    firstOutside: async (...given) => firstOutside(...given),
  },
};
