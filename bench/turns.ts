import { setTimeout as sleep } from 'node:timers/promises';
import { matrix } from '../src/core/matrix.ts';
import { kernels } from '../src/kernels/active.ts';
import { timed } from './clock.ts';
import { normalRows } from './data.ts';
import type { Run } from './tasks/task.ts';

export interface Contestant {
  /** ms a call */
  round(): Promise<number>;
}

/** How long all sleep before a round, in ms: threads that wait by spinning have given up by then. */
const REST = 100;

/** For each contestant its rounds' ms. */
export async function takeTurns(contestants: readonly Contestant[], rounds: number): Promise<number[][]> {
  const times = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [c, contestant] of contestants.entries()) {
      await sleep(REST);
      times[c].push(await contestant.round());
    }
  }
  return times;
}

/** Of the square matrices whose product is the limit: large enough that packing them costs nothing. */
const SIDE = 2048;

/** The product of two square matrices, in turn with the others, so that it meets the same machine. */
export function squareProduct(): Contestant {
  const [a, b, out] = [normalRows(SIDE, SIDE, 0), normalRows(SIDE, SIDE, 1), matrix(SIDE, SIDE)];
  const run: Run = () => ({ value: 0, results: { out: kernels.times(a, b, out) } });
  return { round: () => timed(run, 2) };
}

/** The rate of its best round. */
export function gflops(times: readonly number[]): number {
  return (2 * SIDE ** 3) / Math.min(...times) / 1e6;
}
