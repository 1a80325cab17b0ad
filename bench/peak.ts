import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

/** Waits for the end of a process; the most memory it had, in 10⁶ bytes, and its exit code. */
export async function peakOf(
  child: ChildProcess,
): Promise<{ readonly peakMb: number; readonly code: number }> {
  let peak = 0;
  const ended = once(child, 'exit');
  const watching = setInterval(() => {
    void readFile(`/proc/${child.pid}/status`, 'utf8').then(
      (status) => (peak = Math.max(peak, Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0))),
      () => {},
    );
  }, 50);
  const [code] = await ended;
  clearInterval(watching);
  return { peakMb: (peak * 1024) / 1e6, code: Number(code) };
}
