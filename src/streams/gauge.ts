import { concatMap, from, map, type MonoTypeOperatorFunction, of, tap } from 'rxjs';
import { checkWhole } from '../core/check.ts';
import { rowsBetween } from '../core/matrix.ts';
import { type LiveRecall, liveRecall, type LiveRecallOptions } from '../metrics/live-recall.ts';
import type { NeighborIndex } from '../neighbors/neighbor-index.ts';
import type { EmbeddedBatch } from './batches.ts';

export interface GaugeOptions extends LiveRecallOptions {
  /** Batches from one measurement to the next, the first one included. @default 100 */
  readonly every?: number;
  /** Anchors of a batch that are asked, at most. @default 200 */
  readonly sample?: number;
  /** what is done with a measurement */
  readonly show: (recall: LiveRecall & { readonly step: number }) => void;
}

/**
 * Now and then measures what the index still finds of the true neighbors of a batch's anchors: of its own rows, and of those rows as
 * they would be embedded now. Batches pass through as they are.
 */
export function gauge<Batch extends EmbeddedBatch>(
  index: NeighborIndex,
  { every = 100, sample = 200, show, ...options }: GaugeOptions,
): MonoTypeOperatorFunction<Batch> {
  checkWhole('gauge', 'every', every, 1);
  checkWhole('gauge', 'sample', sample, 1);
  return concatMap((batch: Batch) => {
    const { step, views } = batch;
    const rows = Math.min(sample, views.anchors.rows);
    if (step % every !== 0 || rows === 0 || index.size === 0) return of(batch);
    return from(liveRecall(index, rowsBetween(views.anchors, 0, rows), options)).pipe(
      tap((recall) => show({ ...recall, step })),
      map(() => batch),
    );
  });
}
