import { batchHardTriplet } from './batch-hard-triplet.ts';
import { crossEntropyTask } from './cross-entropy.ts';
import { exactTop100 } from './exact-top-100.ts';
import { ntXentTask, supConTask } from './one-matrix.ts';
import type { Task } from './task.ts';
import { clusters, large, symmetric, symmetricSmall } from './two-views.ts';

/** In the order they run. Sizes of one question share its name. */
export const TASKS: readonly Task[] = [
  symmetricSmall,
  symmetric,
  ntXentTask,
  supConTask,
  clusters,
  crossEntropyTask,
  batchHardTriplet,
  exactTop100,
  large,
];
