import {
  asapScheduler,
  asyncScheduler,
  catchError,
  concatMap,
  defer,
  EMPTY,
  finalize,
  from,
  type Observable,
  observeOn,
  of,
  type OperatorFunction,
  repeat,
  type SchedulerLike,
  throwError,
} from 'rxjs';
import { checkWhole } from '../core/check.ts';
import { PATIENCE } from '../core/patience.ts';
import type { Step } from './batches.ts';

export interface PullOptions {
  /** How many batches are held at most: the one in turn and those read ahead of it. @default 2 */
  readonly inFlight?: number;
}

/**
 * Every batch of a source, one after the other, through a turn: what it must have been through before the next begins.
 *
 * Observables have no back-pressure, and a chain of operators cannot tell its source that a batch is done; so the part
 * of a pipeline that goes one batch at a time is handed in, and its completion for one batch lets the next one start.
 * Reading ahead is bounded by `inFlight`. An error ends the stream, a turn's with its step named. Unsubscribing ends the turn
 * and returns the source's iterator; a source that is a generator can be pulled once.
 *
 * @throws RangeError if inFlight is not a whole number >= 1
 */
export function pull<Batch extends Step, Result>(
  source: Iterable<Batch> | AsyncIterable<Batch>,
  turn: OperatorFunction<Batch, Result>,
  { inFlight = 2 }: PullOptions = {},
): Observable<Result> {
  checkWhole('pull', 'inFlight', inFlight, 1);
  return defer(() => {
    const reader = readAhead(source, inFlight);
    // a batch that came waits for what is begun of the next, which may then go on in other threads
    return defer(() => reader.next().pipe(observeOn(scheduler()))).pipe(
      concatMap((batch) =>
        of(batch).pipe(
          turn,
          catchError((error: unknown) => {
            throw inStep(batch.step, error);
          }),
        ),
      ),
      repeat({ delay: () => (reader.ended() ? EMPTY : of(true)) }),
      finalize(() => reader.stop()),
    );
  });
}

/** When timers and signals last had a turn: of all streams together, since they share one event loop. */
let seenTo = performance.now();

/** Each turn begins from an empty stack, however many there are, and now and then from the event loop. */
function scheduler(): SchedulerLike {
  if (performance.now() - seenTo < PATIENCE) return asapScheduler;
  seenTo = performance.now();
  return asyncScheduler;
}

/** A source's iterator, with up to `inFlight` - 1 reads under way beyond the batch that was asked for. */
function readAhead<Batch>(source: Iterable<Batch> | AsyncIterable<Batch>, inFlight: number) {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  // an error is told when its turn comes, after the batches read before it
  const read = (): Observable<IteratorResult<Batch>> => {
    try {
      const result = iterator.next();
      if (!(result instanceof Promise)) return of(result);
      result.catch(() => {});
      return from(result);
    } catch (error) {
      return throwError(() => error);
    }
  };
  const ahead: Observable<IteratorResult<Batch>>[] = [];
  let ended = false;
  return {
    ended: () => ended,
    next(): Observable<Batch> {
      const first = ahead.shift() ?? read();
      while (ahead.length < inFlight - 1) ahead.push(read());
      return first.pipe(
        concatMap((result) => {
          ended = result.done === true;
          return result.done === true ? EMPTY : of(result.value);
        }),
      );
    },
    stop(): void {
      void Promise.resolve(iterator.return?.()).catch(() => {});
    },
  };
}

/** The same error, and which step it came in. */
function inStep(step: number, error: unknown): Error {
  const message = `step ${step}: ${error instanceof Error ? error.message : String(error)}`;
  return error instanceof RangeError
    ? new RangeError(message, { cause: error })
    : new Error(message, { cause: error });
}
