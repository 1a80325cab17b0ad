import { concatMap, type OperatorFunction } from 'rxjs';
import { checkPositive, checkWhole } from '../core/check.ts';
import type { TrainingReading } from './watch.ts';

/** What is wrong with a training. */
export interface Alarm {
  readonly step: number;
  readonly kind: 'not finite' | 'collapse' | 'stuck at the margin' | 'saturated scale';
  /** in a sentence, with what to do */
  readonly text: string;
}

export interface AlarmOptions {
  /** Of a triplet or contrastive loss: what it comes to where all embeddings are one point. @default none: not looked at */
  readonly margin?: number;
  /** Readings in a row that the loss is within 1 % of the margin. @default 3 */
  readonly patience?: number;
  /** Temperatures down to this are saturated: CLIP's clamp, a scale of 100. @default 0.01 */
  readonly leastTemperature?: number;
  /** Embeddings have collapsed where they use fewer directions than this. @default 2 */
  readonly leastRank?: number;
}

/**
 * Alarms that a reading gives reason for, each once until its reason is gone and comes again.
 *
 * - not finite: a loss, a gradient or an embedding is NaN or infinite;
 * - collapse: uniformity above -0.1, which is that of rows within about a ninth of a right angle of one another, or an effective rank
 *   below `leastRank`;
 * - stuck at the margin: the loss within 1 % of it for `patience` readings, as where every distance is 0;
 * - saturated scale: a temperature at its clamp.
 *
 * @throws RangeError if margin, leastTemperature or leastRank is not a finite number > 0 or patience not a whole number >= 1
 */
export function alarms({ margin, patience = 3, leastTemperature = 0.01, leastRank = 2 }: AlarmOptions = {}): (
  reading: TrainingReading,
) => readonly Alarm[] {
  if (margin !== undefined) checkPositive('alarms', 'margin', margin);
  checkWhole('alarms', 'patience', patience, 1);
  checkPositive('alarms', 'leastTemperature', leastTemperature);
  checkPositive('alarms', 'leastRank', leastRank);
  let raised = new Set<Alarm['kind']>();
  let atMargin = 0;
  return (reading) => {
    const { step, loss, temperature, uniformity, effectiveRank } = reading;
    const found: Alarm[] = [];
    const wrong = Object.entries(reading).filter(
      ([name, value]) => FINITE.has(name) && !Number.isFinite(value),
    );
    if (wrong.length > 0) {
      const names = wrong.map(([name, value]) => `${name} is ${value}`).join(', ');
      found.push({
        step,
        kind: 'not finite',
        text: `step ${step}: ${names}: lower the rate, clip gradients, or look at this batch`,
      });
    }
    if (uniformity > -0.1 || effectiveRank < leastRank) {
      const figures = `uniformity ${uniformity.toFixed(3)}, effective rank ${effectiveRank.toFixed(1)}`;
      found.push({
        step,
        kind: 'collapse',
        text: `step ${step}: embeddings have collapsed (${figures}): lower the rate, or give more negatives`,
      });
    }
    atMargin = margin !== undefined && Math.abs(loss - margin) <= 0.01 * margin ? atMargin + 1 : 0;
    if (atMargin >= patience) {
      const text = `step ${step}: the loss has been at its margin, ${margin}, for ${atMargin} readings, as where all embeddings are one point: lower the rate, or mine easier negatives first`;
      found.push({ step, kind: 'stuck at the margin', text });
    }
    // a float32 of the clamp is not quite the clamp
    if (temperature !== undefined && temperature <= leastTemperature * (1 + 1e-6)) {
      const text = `step ${step}: the temperature is ${temperature.toPrecision(3)}, as low as it may go: the scale is saturated; hold it, or learn it more slowly`;
      found.push({ step, kind: 'saturated scale', text });
    }
    const fresh = found.filter(({ kind }) => !raised.has(kind));
    raised = new Set(found.map(({ kind }) => kind));
    return fresh;
  };
}

/** What must be a number; throughput of a clock that stood still is not. */
const FINITE = new Set([
  'loss',
  'learningRate',
  'temperature',
  'gradientNorm',
  'inBatchAccuracy',
  'alignment',
  'uniformity',
  'effectiveRank',
]);

/** The alarms of a stream of readings. */
export function alarm(options?: AlarmOptions): OperatorFunction<TrainingReading, Alarm> {
  return (readings) => {
    const of = alarms(options);
    return readings.pipe(concatMap((reading) => of(reading)));
  };
}
