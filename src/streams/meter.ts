import { bufferCount, map, type OperatorFunction } from 'rxjs';
import { checkWhole } from '../core/check.ts';
import type { ScoredBatch } from './batches.ts';
import type { Staleness } from './row-steps.ts';

export interface MeterOptions {
  /** Batches a reading is taken over; the last one may be over fewer. @default 50 */
  readonly every?: number;
}

export interface Reading {
  /** the step of the last batch read */
  readonly step: number;
  /** mean loss */
  readonly loss: number;
  /** mean number of terms above zero */
  readonly active: number;
  /** mean number of mined negatives an anchor */
  readonly negatives: number;
  /** mean of what the batches say of it, and the most of any; where they do */
  readonly staleness?: Staleness;
}

/** The means of every so many batches: what a training log shows. */
export function meter({ every = 50 }: MeterOptions = {}): OperatorFunction<ScoredBatch, Reading> {
  checkWhole('meter', 'every', every, 1);
  return (batches) =>
    batches.pipe(
      map(({ step, value, active, views, staleness }) => ({
        step,
        loss: value,
        active,
        staleness,
        negatives: (views.negatives?.rows ?? 0) / views.anchors.rows,
      })),
      bufferCount(every),
      map((readings) => ({
        step: readings[readings.length - 1].step,
        loss: mean(readings, (reading) => reading.loss),
        active: mean(readings, (reading) => reading.active),
        negatives: mean(readings, (reading) => reading.negatives),
        ...stalenessOf(readings.flatMap(({ staleness }) => staleness ?? [])),
      })),
    );
}

function stalenessOf(each: readonly Staleness[]): Pick<Reading, 'staleness'> {
  if (each.length === 0) return {};
  const sum = each.reduce((total, { mean }) => total + mean, 0);
  return { staleness: { mean: sum / each.length, max: Math.max(...each.map(({ max }) => max)) } };
}

function mean(readings: readonly Reading[], of: (reading: Reading) => number): number {
  return readings.reduce((sum, reading) => sum + of(reading), 0) / readings.length;
}
