import { random, shuffled } from '../src/core/random.ts';

/** So many of some rows, or all of fewer, drawn by a seed; in rising order. */
export function sampledRows(rows: number, most: number, seed: number): Uint32Array {
  return shuffled(rows, random(seed)).slice(0, most).sort();
}
