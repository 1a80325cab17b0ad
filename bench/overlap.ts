import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defer, lastValueFrom, pipe, tap } from 'rxjs';
import type { Bags } from '../src/core/bags.ts';
import { random } from '../src/core/random.ts';
import { writeState } from '../src/formats/state-file.ts';
import { kernels } from '../src/kernels/active.ts';
import type { PairBatch } from '../src/streams/batches.ts';
import { pull } from '../src/streams/pull.ts';
import { pretrainFiles } from '../pipelines/pretrain.ts';
import { checkpointsIn } from '../pipelines/training/checkpoints.ts';
import { contrast } from '../pipelines/training/contrast.ts';
import { JOB } from '../pipelines/training/options.ts';
import { runJob } from '../pipelines/training/run-job.ts';
import { median } from './clock.ts';
import { line } from './stream.ts';
import { takeTurns } from './turns.ts';

const STEPS = 60;
const [SELDOM, OFTEN] = [10, 5];
/** Of a training that writes them often, beyond those of one that does so seldom. */
const MORE = STEPS / OFTEN - STEPS / SELDOM;
const ROUNDS = 7;

/**
 * What a training waits for of reading and of writing checkpoints, and how much longer they make it: an encoder of texts, 1024 pairs a step, on a
 * file of pairs. Each is done in turn with the others, and the medians are told.
 */
export async function overlap(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-overlap-'));
  try {
    const path = join(folder, 'pairs.jsonl');
    const draw = random(2);
    await writeFile(path, Array.from({ length: 1024 * STEPS }, () => line(draw)).join(''));
    const options = JOB.parse({
      encoder: 'texts',
      pairs: [path],
      batch: 1024,
      steps: STEPS,
      negatives: 0,
      buckets: 32_768,
      window: 4,
    });
    const { signal } = new AbortController();
    const { source, sides, dim, close } = await pretrainFiles(options, signal);
    const job = contrast(sides, source, options, { dim }, signal);
    const kept: PairBatch<Bags>[] = [];
    for await (const batch of job.batches(0)) kept.push(batch);
    const read = async (): Promise<void> => {
      for await (const batch of job.batches(0)) kept[batch.step] = batch;
    };
    await lastValueFrom(pull(kept, job.turn));
    const shown = pipe(tap(() => {}));
    let steps = 0;
    const turn: typeof job.turn = (batches) =>
      defer(() => {
        const begun = performance.now();
        return batches.pipe(
          job.turn,
          tap(() => (steps += performance.now() - begun)),
        );
      });
    const between: number[] = [];
    const both = async (): Promise<void> => {
      steps = 0;
      const all = await took(() => runJob({ ...job, turn }, { every: STEPS, shown }, signal));
      between.push(all - steps);
    };
    const copies: number[] = [];
    const checkpointed = (every: number) => async (): Promise<void> => {
      const checkpoints = await checkpointsIn(join(folder, 'checks'), { resume: true, keep: 1, job: {} });
      const save: typeof checkpoints.save = async (checkpoint) => {
        copies.push(await took(() => checkpoints.save(checkpoint)));
      };
      await runJob(job, { every, shown, checkpoints: { ...checkpoints, save } }, signal);
    };
    const alone = join(folder, 'alone.state');
    const { learned, stepping } = job;
    const state = { facts: {}, matrices: { learned, optimizer: stepping.optimizer.state }, arrays: {} };
    const rounds = [
      read,
      () => lastValueFrom(pull(kept, job.turn)),
      both,
      checkpointed(SELDOM),
      checkpointed(OFTEN),
      () => writeState(alone, state),
    ].map((action) => ({ round: () => took(action) }));
    const times = await takeTurns(rounds, ROUNDS);
    const [reading, taking, together, , , writing] = times.map(median);
    const longer = median(times[4].map((time, round) => time - times[3][round])) / MORE;
    const { size } = await stat(alone);
    console.log(
      `${kernels.name}: reading alone ${each(reading)}, steps alone ${each(taking)}, both ${each(together)} a step, of which ${each(median(between))} between steps\n` +
        `a checkpoint of ${(size / 1e6).toFixed(0)} MB takes ${writing.toFixed(0)} ms alone; a step waits ${median(copies).toFixed(0)} ms for one, and a training is ${longer.toFixed(0)} ms longer with it`,
    );
    await close();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function took(action: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await action();
  return performance.now() - begun;
}

function each(milliseconds: number): string {
  return `${(milliseconds / STEPS).toFixed(1)} ms`;
}
