import type { Labelled } from '../core/batches.ts';
import { checkWhole } from '../core/check.ts';
import { random, type Random } from '../core/random.ts';

/** A labelled batch that may say which one of a run it is: a miner that draws draws anew at each step. */
export interface Stepped extends Labelled {
  /** @default 0 */
  readonly step?: number;
}

/** The draws for each anchor, and each part of it: they depend on these, the seed and the step, and on nothing that was drawn before. */
export function drawsOf(
  where: string,
  { step = 0 }: Stepped,
  seed: number,
): (anchor: number, part?: number) => Random {
  checkWhole(where, 'step', step);
  return (anchor, part = 0) => random(seed, step, anchor, part);
}

/** Some of 0 … count - 1, in rising order: all where there are no more than `most`, and else as many, drawn until they are different. */
export function someOf(count: number, most: number, draw: () => number): Float64Array {
  if (count <= most) return Float64Array.from({ length: count }, (_, e) => e);
  const drawn = new Set<number>();
  while (drawn.size < most) drawn.add(draw());
  return Float64Array.from(drawn).sort();
}
