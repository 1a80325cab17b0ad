import { setFlagsFromString } from 'node:v8';

/**
 * From now on the garbage collector marks all at once, which of a training's heap takes some ms now and then. Beside the program it would be
 * at it all the time, in threads that the kernels' own need: where new objects have as much room as a step fills in arrays, V8 takes a heap of 15 MB for one that is
 * about to reach its limit.
 */
export function collectAtOnce(): void {
  setFlagsFromString('--no-incremental-marking');
}
