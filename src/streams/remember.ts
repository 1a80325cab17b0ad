import { concatMap, from, map, type MonoTypeOperatorFunction, tap } from 'rxjs';
import { gather } from '../core/matrix.ts';
import type { NeighborIndex } from '../neighbors/neighbor-index.ts';
import type { EmbeddedBatch, RowBatch } from './batches.ts';
import type { RowSteps } from './row-steps.ts';

export interface RememberOptions {
  /** Told at which step each row was embedded. */
  readonly steps?: RowSteps;
  /** That step, where the batches' own count something else, as those of a collection do. @default the batch's */
  readonly at?: number;
}

/**
 * Stores rows in the index, under their ids and with their labels as classes, and passes the batch on once they are
 * stored: a batch's positives, or the rows of a collection. The only stage that writes to an index. Of an item that is in
 * a batch twice the first is stored.
 */
export function remember<Batch extends EmbeddedBatch | RowBatch>(
  index: NeighborIndex,
  { steps, at }: RememberOptions = {},
): MonoTypeOperatorFunction<Batch> {
  return concatMap((batch) => {
    const { rows, ids, labels } = 'views' in batch ? { ...batch.views, rows: batch.views.positives } : batch;
    const first = new Map<number, number>();
    ids.forEach((id, i) => first.has(id) || first.set(id, i));
    const numbers = Uint32Array.from(first.values());
    const firstIds = Uint32Array.from(first.keys());
    const stored = index.add(
      gather(rows, numbers),
      firstIds,
      labels && Int32Array.from(numbers, (i) => labels[i]),
    );
    return from(stored).pipe(
      tap(() => steps?.note(firstIds, at ?? batch.step)),
      map(() => batch),
    );
  });
}
