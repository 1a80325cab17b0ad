import { readdir } from 'node:fs/promises';
import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { checkpointsIn } from '../../../pipelines/training/checkpoints.ts';
import type { Job, Stepped } from '../../../pipelines/training/job.ts';
import { runJob, type RunJobOptions } from '../../../pipelines/training/run-job.ts';
import { fromRows } from '../../../src/core/matrix.ts';
import { sgd } from '../../../src/optimizers/sgd.ts';
import type { Step } from '../../../src/streams/batches.ts';
import { scratch } from '../../formats/fixture.ts';

const files = scratch();

/** Each step adds 1 to a number, beginning at 0; dev sees what a list says of the number. */
function counting(steps: number, seen: (value: number) => number = (value) => value) {
  const learned = { x: fromRows([[0]]) };
  const optimizer = sgd({ rate: 1, momentum: 0 });
  const pulled: number[] = [];
  const job: Job<Step, Stepped> = {
    steps,
    *batches(from) {
      for (let step = from; step < steps; step++) {
        pulled.push(step);
        yield { step };
      }
    },
    turn: map(({ step }) => {
      optimizer.step(learned, { x: fromRows([[-1]]) });
      return { step, value: 1, gradientNorm: 1 };
    }),
    learned,
    stepping: { optimizer, rate: () => 1 },
    dev: { name: 'x', measure: async () => seen(learned.x.data[0]) },
  };
  return { job, learned, pulled };
}

const usual: RunJobOptions<Step, Stepped> = { every: 2, shown: (batches) => batches };
const never = new AbortController().signal;

describe('a run', () => {
  it('looks at dev before the first step, every so many steps and after the last', async () => {
    const { job, learned } = counting(5);
    const { looks, steps, best } = await runJob(job, usual, never);
    expect(looks).toEqual([0, 2, 4, 5].map((step) => ({ step, value: step })));
    expect([steps, best, learned.x.data[0]]).toEqual([5, { step: 5, value: 5 }, 5]);
  });

  it('keeps the parameters of the first best look', async () => {
    const { job, learned } = counting(9, (value) => -Math.abs(value - 5));
    const { best, steps } = await runJob(job, usual, never);
    expect([steps, best, learned.x.data[0]]).toEqual([9, { step: 4, value: -1 }, 4]);
  });

  it('ends after so many looks without a new best, and pulls no further than it reads ahead', async () => {
    const { job, learned, pulled } = counting(1000, (value) => -Math.abs(value - 5));
    const { steps, looks } = await runJob(job, { ...usual, patience: 2 }, never);
    expect(looks.map(({ step }) => step)).toEqual([0, 2, 4, 6, 8]);
    expect([steps, learned.x.data[0]]).toEqual([8, 4]);
    expect(pulled.length).toBeLessThanOrEqual(10);
  });

  it('looks at the average, and keeps it', async () => {
    const { job, learned } = counting(4);
    const { looks } = await runJob(job, { ...usual, average: 0.5 }, never);
    // 1; 1.5; 2.25; 3.125
    expect(looks.map(({ value }) => value)).toEqual([0, 1.5, 3.125]);
    expect(learned.x.data[0]).toBe(3.125);
  });

  it('goes on from a checkpoint as if it had not ended', async () => {
    const at = { keep: 2, job: { steps: 9 } };
    const average = 0.5;
    const whole = counting(9, (value) => -Math.abs(value - 3));
    const first = await runJob(whole.job, { ...usual, average }, never);

    const stop = new AbortController();
    const { job } = counting(9, (value) => -Math.abs(value - 3));
    const checkpoints = await checkpointsIn(files.path('checks'), { ...at, resume: false });
    const stopped = runJob(
      job,
      { ...usual, average, checkpoints, shown: map(({ step }) => void (step === 6 && stop.abort())) },
      stop.signal,
    );
    await expect(stopped).rejects.toThrow('interrupted');

    const rest = counting(9, (value) => -Math.abs(value - 3));
    const again = await checkpointsIn(files.path('checks'), { ...at, resume: true });
    const last = await again.last();
    expect(last?.step).toBe(7);
    const second = await runJob(rest.job, { ...usual, average, checkpoints: again, last }, never);
    expect(rest.pulled).toEqual([7, 8]);
    expect({ ...second, seconds: 0 }).toEqual({ ...first, seconds: 0 });
    expect(rest.learned).toEqual(whole.learned);
  });

  it('refuses to go on with another job', async () => {
    const path = files.path('other');
    const { job } = counting(2);
    const checkpoints = await checkpointsIn(path, { resume: false, keep: 1, job: { batch: 8, seed: 0 } });
    await runJob(job, { ...usual, checkpoints }, never);
    await expect(checkpointsIn(path, { resume: false, keep: 1, job: {} })).rejects.toThrow(
      /^train: --checkpoints must be a folder without checkpoints, unless --resume is given, got /,
    );
    const other = await checkpointsIn(path, { resume: true, keep: 1, job: { batch: 9, seed: 0 } });
    await expect(other.last()).rejects.toThrow(
      /step-000000002.state: batch must be 8, as when it was written, got 9$/,
    );
  });

  it('keeps as many checkpoints as it is told to, and the best', async () => {
    const path = files.path('kept');
    const { job } = counting(9, (value) => -Math.abs(value - 2));
    const checkpoints = await checkpointsIn(path, { resume: false, keep: 2, job: {} });
    await runJob(job, { ...usual, checkpoints }, never);
    expect((await readdir(path)).sort()).toEqual([
      'best-000000002.state',
      'step-000000008.state',
      'step-000000009.state',
    ]);
  });

  it('stops at a loss that is no number, and says where the batch is', async () => {
    const { job } = counting(9);
    const turn: typeof job.turn = map(({ step }) => ({ step, value: step === 3 ? NaN : 1, gradientNorm: 2 }));
    const keep = async ({ step }: Step) => `file ${step}`;
    await expect(runJob({ ...job, turn }, { ...usual, keep }, never)).rejects.toThrow(
      /^step 3: the loss and the norm of its gradient must be finite, got NaN and 2: .*; its batch is in file 3$/,
    );
  });

  it('leaves a checkpoint of the last step where a source fails', async () => {
    const { job } = counting(9);
    async function* batches(): AsyncGenerator<Step> {
      yield { step: 0 };
      throw new RangeError('pairs.jsonl line 2: anchor must be a text that is not empty, got 7');
    }
    const checkpoints = await checkpointsIn(files.path('failing'), { resume: false, keep: 2, job: {} });
    await expect(runJob({ ...job, batches }, { ...usual, checkpoints }, never)).rejects.toThrow(
      /^pairs.jsonl line 2: anchor must be a text/,
    );
    const again = await checkpointsIn(files.path('failing'), { resume: true, keep: 2, job: {} });
    expect((await again.last())?.step).toBe(1);
  });
});
