import type { Step } from '../../src/streams/batches.ts';
import type { WatchedBatch } from '../../src/streams/watch.ts';
import { type Checkpoint, checkpointsIn } from './checkpoints.ts';
import type { Job, Stepped } from './job.ts';
import { JOB, type JobOptions, type RunOptions } from './options.ts';
import { readings } from './readings.ts';
import { type Ran, runJob } from './run-job.ts';

/**
 * Takes the steps of a job, from the last checkpoint on where there is one to go on from, and says how it goes.
 *
 * @param keep writes what went into a batch into a file of a folder, and says which
 */
export async function takeSteps<Batch extends Step, Passed extends Stepped & WatchedBatch>(
  makeJob: (last: Checkpoint | undefined) => Promise<Job<Batch, Passed>>,
  keep: (batch: Batch, folder: string) => Promise<string>,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
): Promise<Ran> {
  const checkpoints =
    options.checkpoints === undefined
      ? undefined
      : await checkpointsIn(options.checkpoints, { ...options, job: jobOf(options) });
  const last = options.resume ? await checkpoints?.last() : undefined;
  if (options.resume)
    console.error(`train: goes on from ${last === undefined ? 'the beginning' : `step ${last.step}`}`);
  const job = await makeJob(last);
  const { steps, stepping, learned } = job;
  const from = last?.step ?? 0;
  const { shown, looked, close } = await readings<Passed>(
    { steps, rate: stepping.rate, logScale: learned['loss.logScale'], from },
    options,
  );
  const { patience, average, 'evaluate-every': every = Math.ceil(steps / 8) } = options;
  const kept = (batch: Batch): Promise<string> => keep(batch, options.checkpoints ?? '.');
  const ran = await runJob(
    job,
    { every, patience, average, checkpoints, last, shown, looked, keep: kept },
    signal,
  );
  await close(`${ran.steps} steps`);
  return ran;
}

/** What decides the result: a checkpoint is of the same or of another job. */
function jobOf(options: JobOptions & RunOptions): Readonly<Record<string, unknown>> {
  const job = Object.fromEntries(Object.keys(JOB.shape).map((name) => [name, Reflect.get(options, name)]));
  return JSON.parse(JSON.stringify(job));
}
