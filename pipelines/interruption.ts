import { fromEvent, lastValueFrom, type Observable, takeUntil } from 'rxjs';
import { Interrupted } from './interrupted.ts';

/** Runs a pipeline to its end, for its effects; an abort unsubscribes from it. */
export async function run<Value>(pipeline: Observable<Value>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new Interrupted();
  await lastValueFrom(pipeline.pipe(takeUntil(fromEvent(signal, 'abort'))), { defaultValue: undefined });
  if (signal.aborted) throw new Interrupted();
}
