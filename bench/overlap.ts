import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, pipe, tap } from 'rxjs';
import type { Bags } from '../src/core/bags.ts';
import { random } from '../src/core/random.ts';
import { writeState } from '../src/formats/state-file.ts';
import type { PairBatch } from '../src/streams/batches.ts';
import { pull } from '../src/streams/pull.ts';
import { pretrainFiles } from '../pipelines/pretrain.ts';
import { checkpointsIn } from '../pipelines/training/checkpoints.ts';
import { contrast } from '../pipelines/training/contrast.ts';
import { jobFiles } from '../pipelines/training/job-files.ts';
import { JOB } from '../pipelines/training/options.ts';
import { textPairFile } from '../pipelines/training/pair-files.ts';
import { runJob } from '../pipelines/training/run-job.ts';
import { wordsOfJob } from '../pipelines/training/text-encoder.ts';
import { median } from './clock.ts';
import { line } from './stream.ts';
import { takeTurns } from './turns.ts';

const STEPS = 60;
const EVERY = 10;
/** Of a training: every ten steps, and before the first. */
const CHECKPOINTS = STEPS / EVERY + 1;
const ROUNDS = 7;

/**
 * How much of reading and of writing checkpoints a training waits for: an encoder of texts, 1024 pairs a step, on a file of pairs. Each is done
 * in turn with the others, and the medians are told.
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
    const counts = wordsOfJob(options);
    const files = await jobFiles(options, textPairFile, ({ anchor, positive }) => {
      counts.count(anchor);
      counts.count(positive);
    });
    const { source, sides, dim, close } = await pretrainFiles(files, counts, options, signal);
    const job = contrast(sides, source, options, { dim }, signal);
    const kept: PairBatch<Bags>[] = [];
    for await (const batch of job.batches(0)) kept.push(batch);
    const read = async (): Promise<void> => {
      for await (const batch of job.batches(0)) kept[batch.step] = batch;
    };
    await lastValueFrom(pull(kept, job.turn));
    const shown = pipe(tap(() => {}));
    const checks = join(folder, 'checks');
    const checkpointed = async (): Promise<void> => {
      const checkpoints = await checkpointsIn(checks, { resume: true, keep: 1, job: {} });
      await runJob(job, { every: EVERY, shown, checkpoints }, signal);
    };
    const alone = join(folder, 'alone.state');
    const { learned, stepping } = job;
    const state = { facts: {}, matrices: { learned, optimizer: stepping.optimizer.state }, arrays: {} };
    const times = await takeTurns(
      [
        { round: () => took(read) },
        { round: () => took(() => lastValueFrom(pull(kept, job.turn))) },
        { round: () => took(() => runJob(job, { every: STEPS, shown }, signal)) },
        { round: () => took(checkpointed) },
        { round: () => took(() => writeState(alone, state)) },
      ],
      ROUNDS,
    );
    const [reading, taking, both, , writing] = times.map(median);
    const longer = median(times[3].map((time, round) => time - times[2][round])) / CHECKPOINTS;
    const { size } = await stat(alone);
    console.log(
      `reading alone ${each(reading)}, steps alone ${each(taking)}, both ${each(both)} a step\n` +
        `a checkpoint of ${(size / 1e6).toFixed(0)} MB takes ${writing.toFixed(0)} ms alone, and makes a training ${longer.toFixed(0)} ms longer`,
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
