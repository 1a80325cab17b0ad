import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, pipe, tap } from 'rxjs';
import type { Bags } from '../src/core/bags.ts';
import { random } from '../src/core/random.ts';
import { readState, writeState } from '../src/formats/state-file.ts';
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
import { line } from './stream.ts';

const STEPS = 60;
const EVERY = 10;

/** How much of reading and of writing checkpoints a training waits for: an encoder of texts, 1024 pairs a step, on a file of pairs. */
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
    const made = async () => {
      const counts = wordsOfJob(options);
      const files = await jobFiles(options, textPairFile, ({ anchor, positive }) => {
        counts.count(anchor);
        counts.count(positive);
      });
      const { source, sides, dim } = await pretrainFiles(files, counts, options, signal);
      return contrast(sides, source, options, { dim }, signal);
    };
    const job = await made();
    const batches: PairBatch<Bags>[] = [];
    const reading = await took(async () => {
      for await (const batch of job.batches(0)) batches.push(batch);
    });
    const stepping = await took(() => lastValueFrom(pull(batches, job.turn)));
    const { batches: read, turn } = await made();
    const both = await took(() => lastValueFrom(pull(read(0), turn)));
    const told = [`reading alone ${each(reading)}, steps alone ${each(stepping)}, both ${each(both)} a step`];
    const shown = pipe(tap(() => {}));
    const without = await took(async () => runJob(await made(), { every: STEPS, shown }, signal));
    const checkpoints = await checkpointsIn(join(folder, 'checks'), { resume: false, keep: 1, job: {} });
    const within = await took(async () => runJob(await made(), { every: EVERY, shown, checkpoints }, signal));
    const last = await checkpoints.last();
    if (last !== undefined) {
      const alone = join(folder, 'alone.state');
      const writing = await took(() => writeState(alone, last.state));
      const { size } = await stat(alone);
      await readState(alone);
      const count = STEPS / EVERY + 1;
      told.push(
        `a checkpoint of ${(size / 1e6).toFixed(0)} MB takes ${writing.toFixed(0)} ms alone, and makes a training ${((within - without) / count).toFixed(0)} ms longer`,
      );
    }
    for (const text of told) console.log(text);
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
