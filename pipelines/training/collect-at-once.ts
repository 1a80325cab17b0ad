import { setFlagsFromString } from 'node:v8';

/**
 * From now on the garbage collector marks all at once, which takes some ms of a training now and then. Beside the program it would mark all
 * the time, in threads that take their share of the kernels' cores: where new objects have more room than the old ones have left, V8 takes
 * even a heap of 15 MB for one that is about to reach its limit.
 */
export function collectAtOnce(): void {
  setFlagsFromString('--no-incremental-marking');
}
