import { Interrupted } from './interrupted.ts';

/** Aborted by the signals that stop a program. */
export const stop = new AbortController();
let exitCode = 130;
let patient = false;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    const first = !stop.signal.aborted;
    exitCode = code;
    stop.abort(new Interrupted());
    if (patient && first) return;
    // whatever does not stop by itself; a thread that still computes would hold up an exit, but not a death by the signal
    setTimeout(() => {
      process.once('exit', () => {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      });
      process.exit(code);
    }, 700).unref();
  });
}

/** From now on a command that is stopped has the time it takes to finish what it is at; a second signal ends it. */
export function waitForTheEnd(): void {
  patient = true;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // a reader that has seen enough, as in `nearmiss mine | head`
  if (error.code === 'EPIPE') process.exit(0);
  console.error(`nearmiss: stdout must take what is written, got ${error.message}`);
  process.exit(2);
});

/** Runs a command; where it is stopped or refuses, says so in a sentence and ends the process with the exit code that goes with it. */
export async function toItsEnd(command: () => Promise<unknown>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (error instanceof Interrupted) process.exit(exitCode);
    // what is not an input's fault shows where it came from
    const fault = error instanceof TypeError || error instanceof ReferenceError;
    console.error(error instanceof Error && !fault ? error.message : error);
    process.exit(fault ? 1 : 2);
  }
}
