import { concatMap, from, map, type MonoTypeOperatorFunction, of, type OperatorFunction } from 'rxjs';
import type { Step } from './batches.ts';

/** Does something before the batches of some steps are passed on, which wait for it; the others pass by. */
export function atSteps<Batch extends Step>(
  due: (step: number) => boolean,
  action: (batch: Batch) => Promise<void>,
): MonoTypeOperatorFunction<Batch> {
  return concatMap((batch) => (due(batch.step) ? from(action(batch)).pipe(map(() => batch)) : of(batch)));
}

/** Batches from a step on go through an operator, and those before it pass by as they are: a warm-up. */
export function fromStep<Batch extends Step, Passed extends Batch>(
  first: number,
  turn: OperatorFunction<Batch, Passed>,
): OperatorFunction<Batch, Batch> {
  return concatMap((batch) => (batch.step >= first ? of(batch).pipe(turn) : of(batch)));
}
