import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

/** Waits for the end of a process: its exit code, and the most memory it was seen to have, in MB; 0 where there is no /proc. */
export async function ended(
  child: ChildProcess,
): Promise<{ readonly code: unknown; readonly peakMb: number }> {
  let peak = 0;
  const exit = once(child, 'exit');
  const watching = setInterval(() => {
    void readFile(`/proc/${child.pid}/status`, 'utf8').then(
      (status) => (peak = Math.max(peak, Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0))),
      () => {},
    );
  }, 50);
  const [code] = await exit;
  clearInterval(watching);
  return { code, peakMb: (peak * 1024) / 1e6 };
}
