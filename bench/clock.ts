import type { Outcome, Run } from './tasks/task.ts';

/** How long one measure takes at least, in ms: short tasks are called several times. The peers' is the same. */
const MEASURE = 100;

/** Calls until the code is compiled, the buffers are there and the threads are up; then how many calls a measure takes. */
export async function warmUp(run: Run): Promise<{ readonly outcome: Outcome; readonly calls: number }> {
  const start = performance.now();
  let fastest = Infinity;
  for (let call = 0; ; call++) {
    const before = performance.now();
    const outcome = await run();
    const now = performance.now();
    fastest = Math.min(fastest, now - before);
    if (call > 0 && now - start > 3 * MEASURE) return { outcome, calls: Math.ceil(MEASURE / fastest) };
  }
}

/** ms a call. */
export async function timed(run: Run, calls: number): Promise<number> {
  const start = performance.now();
  for (let call = 0; call < calls; call++) await run();
  return (performance.now() - start) / calls;
}

export function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = Math.floor(ordered.length / 2);
  return ordered.length % 2 === 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
}

/** How far apart the fastest and the slowest are, over the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}
