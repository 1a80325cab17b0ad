import { concatMap, from, map, type MonoTypeOperatorFunction, of, type OperatorFunction } from 'rxjs';
import type { Step } from './batches.ts';

/** Does something before the batches of some steps are passed on, which wait for it; the others pass by. */
export function atSteps<Batch extends Step>(
  due: (step: number) => boolean,
  action: (batch: Batch) => Promise<void>,
): MonoTypeOperatorFunction<Batch> {
  return concatMap((batch) => (due(batch.step) ? from(action(batch)).pipe(map(() => batch)) : of(batch)));
}

/** Batches of which something holds go through an operator, and the others pass by as they are. */
export function where<Batch, Passed extends Batch>(
  holds: (batch: Batch) => boolean,
  turn: OperatorFunction<Batch, Passed>,
): OperatorFunction<Batch, Batch> {
  return concatMap((batch) => (holds(batch) ? of(batch).pipe(turn) : of(batch)));
}
