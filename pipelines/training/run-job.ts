import {
  concatMap,
  defer,
  filter,
  from,
  fromEvent,
  lastValueFrom,
  of,
  type OperatorFunction,
  takeUntil,
  takeWhile,
  tap,
} from 'rxjs';
import { copiedParameters, type Parameters } from '../../src/core/parameters.ts';
import type { State } from '../../src/formats/state-file.ts';
import { ema, exchange } from '../../src/optimizers/averages.ts';
import { atSteps } from '../../src/streams/at-steps.ts';
import type { Step } from '../../src/streams/batches.ts';
import { pull } from '../../src/streams/pull.ts';
import { Interrupted } from '../interrupted.ts';
import type { Checkpoint, Checkpoints } from './checkpoints.ts';
import type { Job, Stepped } from './job.ts';
import { bestOf, type Look, looksFrom, sinceBest } from './looks.ts';

export interface RunJobOptions<Batch, Passed> {
  /** Steps from one look at dev, and one checkpoint, to the next. */
  readonly every: number;
  /** Looks without a new best after which it ends. @default never */
  readonly patience?: number;
  /** Decay of the moving average of what is learned, which is looked at and kept in its place. @default none */
  readonly average?: number;
  readonly checkpoints?: Checkpoints;
  /** Where it goes on. @default from the beginning */
  readonly last?: Checkpoint;
  /** What is done with batches that have been through: readings, logs. */
  readonly shown: OperatorFunction<Passed, unknown>;
  /** Told of each look at dev. */
  readonly looked?: (look: Look) => Promise<void>;
  /** Keeps a batch whose loss or gradient is no number, and says where. */
  readonly keep?: (batch: Batch) => Promise<string>;
}

export interface Ran {
  /** steps that were taken in all */
  readonly steps: number;
  readonly looks: readonly Look[];
  /** the look whose parameters were kept */
  readonly best?: Look;
  /** of this run */
  readonly seconds: number;
}

/**
 * Takes the steps of a job. When it is done the learned parameters are those of the best look at dev, or, without one, the last, or their
 * average.
 *
 * A checkpoint is written beside each look, and when a source fails or the program is asked to stop; not then where negatives are mined
 * through a graph, which settles when it is written: another run would not be the same from there on.
 *
 * @throws RangeError if a loss is no number, naming the step; what the job throws; Interrupted when it is asked to stop
 */
export async function runJob<Batch extends Step, Passed extends Stepped>(
  job: Job<Batch, Passed>,
  {
    every,
    patience = Infinity,
    average,
    checkpoints,
    last,
    shown,
    looked = async () => {},
    keep,
  }: RunJobOptions<Batch, Passed>,
  signal: AbortSignal,
): Promise<Ran> {
  const { learned, stepping, mined, dev } = job;
  const { optimizer, plateau } = stepping;
  const averages = average === undefined ? undefined : ema({ decay: average });
  let looks: readonly Look[] = [];
  let step = 0;
  let best: Parameters | undefined;
  /** whether no step is half taken */
  let settled = true;
  let saved = -1;
  if (last !== undefined) await restore(last);

  async function restore({ step: taken, state, best: bestStep }: Checkpoint): Promise<void> {
    const { matrices, arrays, facts } = state;
    step = taken;
    exchange(learned, matrices.learned ?? {});
    optimizer.restore(matrices.optimizer ?? {});
    averages?.restore(matrices.averages ?? {});
    const { ids, steps, passes } = arrays;
    if (passes instanceof Uint32Array) await job.passes?.restore(passes);
    if (ids instanceof Uint32Array && steps instanceof Uint32Array) mined?.steps.restore({ ids, steps });
    looks = looksFrom('the checkpoint', facts.looks);
    if (plateau !== undefined) for (const { step: at, value } of looks) if (at > 0) plateau.observe(value);
    if (bestStep !== undefined) best = await checkpoints?.best(bestStep);
  }

  async function state(): Promise<State> {
    const passes = await job.passes?.before(step);
    return {
      facts: { looks },
      matrices: { learned, optimizer: optimizer.state, ...(averages && { averages: averages.state }) },
      arrays: { ...mined?.steps.noted(), ...(passes && { passes }) },
    };
  }

  /** The averages in the place of what is learned, while something is done. */
  async function averaged<Result>(action: () => Promise<Result>): Promise<Result> {
    if (averages === undefined || step === 0) return action();
    exchange(learned, averages.average);
    try {
      return await action();
    } finally {
      exchange(learned, averages.average);
    }
  }

  async function look(): Promise<boolean> {
    if (dev === undefined) return false;
    const seen = await averaged(async () => ({ step, value: await dev.measure() }));
    looks = [...looks, seen];
    if (step > 0) plateau?.observe(seen.value);
    await looked(seen);
    if (bestOf(looks) !== seen) return false;
    best = await averaged(async () => copiedParameters(learned));
    return true;
  }

  async function save(isBest: boolean): Promise<void> {
    saved = step;
    await checkpoints?.save(
      { step, state: await state(), index: mined?.index, best: bestOf(looks)?.step },
      isBest ? best : undefined,
    );
  }

  const ended = (): boolean => step >= job.steps || sinceBest(looks) >= patience || signal.aborted;

  const turn: OperatorFunction<Batch, Passed> = concatMap((batch) =>
    defer(() => {
      settled = false;
      return of(batch);
    }).pipe(
      job.turn,
      concatMap((passed) => (isFinite(passed) ? of(passed) : from(notFinite(batch, passed, keep)))),
      tap(() => {
        averages?.update(learned);
        step = batch.step + 1;
        settled = true;
      }),
      atSteps<Passed>(
        () => step % every === 0 || step === job.steps,
        async () => save(await look()),
      ),
    ),
  );

  const begun = performance.now();
  if (last === undefined) await save(await look());
  try {
    if (!ended())
      await lastValueFrom(
        pull(job.batches(step), turn).pipe(
          takeWhile(() => !ended(), true),
          // in the middle of a step it waits for its end
          takeUntil(fromEvent(signal, 'abort').pipe(filter(() => settled))),
          shown,
        ),
        { defaultValue: undefined },
      );
    if (signal.aborted) throw new Interrupted();
    // a source may end before the last step
    if (step !== saved) await save(await look());
  } catch (error) {
    if (settled && mined?.index.parts === undefined && step !== saved) await save(false);
    await checkpoints?.done();
    throw error;
  }
  await checkpoints?.done();
  const kept = best ?? (averages && step > 0 ? averages.average : undefined);
  if (kept !== undefined) for (const [name, { data }] of Object.entries(learned)) data.set(kept[name].data);
  return { steps: step, looks, best: bestOf(looks), seconds: (performance.now() - begun) / 1000 };
}

function isFinite({ value, gradientNorm }: Stepped): boolean {
  return Number.isFinite(value) && Number.isFinite(gradientNorm);
}

async function notFinite<Batch>(
  batch: Batch,
  { value, gradientNorm }: Stepped,
  keep: ((batch: Batch) => Promise<string>) | undefined,
): Promise<never> {
  const kept = keep && `; its batch is in ${await keep(batch)}`;
  throw new RangeError(
    `the loss and the norm of its gradient must be finite, got ${value} and ${gradientNorm}: lower --rate, or --clip gradients${kept ?? ''}`,
  );
}
