import { identity, type MonoTypeOperatorFunction, type OperatorFunction, pipe, tap } from 'rxjs';
import type { Matrix } from '../../src/core/matrix.ts';
import { type ScalarLog, jsonLog, tensorboardLog } from '../../src/formats/scalar-log.ts';
import type { Schedule } from '../../src/optimizers/schedules.ts';
import { alarms } from '../../src/streams/alarm.ts';
import { record } from '../../src/streams/record.ts';
import { type TrainingReading, watch, type WatchedBatch } from '../../src/streams/watch.ts';
import { progress } from '../progress.ts';
import type { Look } from './looks.ts';
import type { JobOptions, RunOptions } from './options.ts';

export interface Watched {
  readonly steps: number;
  readonly rate: Schedule;
  /** as it stands, where it is learned */
  readonly logScale?: Matrix;
  /** steps that were taken before */
  readonly from: number;
}

export interface Readings<Batch> {
  readonly shown: OperatorFunction<Batch, TrainingReading>;
  looked(look: Look): Promise<void>;
  close(note: string): Promise<void>;
}

/** What is told of a training while it runs: on stderr, and in the logs that were asked for. */
export async function readings<Batch extends WatchedBatch>(
  { steps, rate, logScale, from }: Watched,
  options: JobOptions & RunOptions,
): Promise<Readings<Batch>> {
  const logs: ScalarLog[] = [];
  if (options.log !== undefined) logs.push(await jsonLog(options.log, { from }));
  if (options.tensorboard !== undefined) logs.push(await tensorboardLog(options.tensorboard, { from }));
  const shown = progress('training');
  // what a triplet loss comes to where all embeddings are one point
  const stuckAt =
    options.labelled !== undefined && options.loss === 'batchHardTriplet' ? options.margin : undefined;
  const found = alarms({ margin: stuckAt });
  let dev = '';
  const told = tap((reading: TrainingReading) => {
    shown.at((reading.step + 1) / steps, `loss ${reading.loss.toFixed(3)}${dev}`);
    for (const { text } of found(reading)) console.error(`train: ${text}`);
  });
  const recorded = logs.reduce<MonoTypeOperatorFunction<TrainingReading>>(
    (before, log) => pipe(before, record<TrainingReading>(log)),
    identity,
  );
  const temperature = logScale === undefined ? options.temperature : { logScale };
  return {
    shown: pipe(watch({ every: options['log-every'], steps, rate, temperature }), recorded, told),
    async looked({ step, value }) {
      dev = `, ${value.toFixed(4)} on dev at step ${step}`;
      // after the batch before it
      for (const log of logs) await log.write(Math.max(0, step - 1), { dev: value });
    },
    async close(note) {
      for (const log of logs) await log.close();
      shown.done(note);
    },
  };
}
