import { memoryBank } from '../../src/neighbors/memory-bank.ts';
import type { NeighborIndex } from '../../src/neighbors/neighbor-index.ts';
import type { PairBatch, ScoredBatch } from '../../src/streams/batches.ts';
import type { Descended } from '../../src/streams/descend.ts';
import { type Checkpoint, checkpointsIn } from './checkpoints.ts';
import { contrast } from './contrast.ts';
import { folderDev } from './folder-source.ts';
import { JOB, type JobOptions, type RunOptions } from './options.ts';
import type { Prepared } from './prepared.ts';
import { keptBatch } from './kept-batch.ts';
import { readings } from './readings.ts';
import { type Ran, runJob } from './run-job.ts';

/** Takes the steps, from the last checkpoint on where there is one to go on from. */
export async function learned<Query, Document>(
  prepared: Prepared<Query, Document>,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
): Promise<Ran> {
  const { source, sides, dim, dev } = prepared;
  const checkpoints =
    options.checkpoints === undefined
      ? undefined
      : await checkpointsIn(options.checkpoints, { ...options, job: jobOf(options) });
  const last = options.resume ? await checkpoints?.last() : undefined;
  if (options.resume)
    console.error(`train: goes on from ${last === undefined ? 'the beginning' : `step ${last.step}`}`);
  const index = source.collection === undefined ? await queued(last, dim, options.memory) : last?.index;
  const measured = dev && folderDev(dev, dev.split, sides, dim, signal);
  const job = contrast(sides, source, options, { dim, index, dev: measured }, signal);
  const { shown, looked, close } = await readings<ScoredBatch & Descended>(
    {
      steps: job.steps,
      rate: job.stepping.rate,
      logScale: job.learned['loss.logScale'],
      from: last?.step ?? 0,
    },
    options,
  );
  const every = options['evaluate-every'] ?? Math.ceil(job.steps / 8);
  const { patience, average } = options;
  const keep = (batch: PairBatch<Query, Document>) => keptBatch(options.checkpoints ?? '.', batch);
  const ran = await runJob(job, { every, patience, average, checkpoints, last, shown, looked, keep }, signal);
  await close(`${ran.steps} steps`);
  return ran;
}

/** The queue of a checkpoint, in the order its rows came. */
async function queued(
  last: Checkpoint | undefined,
  dim: number,
  rows: number,
): Promise<NeighborIndex | undefined> {
  const ids = last?.state.arrays.ids;
  if (last?.index === undefined || !(ids instanceof Uint32Array)) return undefined;
  const queue = memoryBank({ dim, rows });
  if (ids.length > 0) await queue.add(last.index.read(ids).rows, ids);
  return queue;
}

/** What decides the result: a checkpoint is of the same or of another job. */
function jobOf(options: JobOptions & RunOptions): Readonly<Record<string, unknown>> {
  const job = Object.fromEntries(Object.keys(JOB.shape).map((name) => [name, Reflect.get(options, name)]));
  return JSON.parse(JSON.stringify(job));
}
