import type { RunOptions, JobOptions } from './options.ts';
import type { Ran } from './run-job.ts';

/** Ends a command: what was measured, if anything, and what was done, for a reader or a program. */
export function tell(
  { json, seed }: JobOptions & RunOptions,
  ran: Ran,
  told: string,
  measured: { readonly table: string; readonly json: object } | undefined,
): void {
  const seconds = Number(ran.seconds.toFixed(1));
  if (json) {
    console.log(JSON.stringify({ ...measured?.json, steps: ran.steps, best: ran.best, seconds, seed }));
    return;
  }
  if (measured !== undefined) console.log(measured.table);
  console.log(`${told} in ${seconds} s, seed ${seed}`);
}
