import { concatMap, from, map, of, type OperatorFunction } from 'rxjs';
import type { Views } from '../core/batches.ts';
import type { Miner } from '../miners/miner.ts';
import type { EmbeddedBatch, MinedBatch } from './batches.ts';
import type { RowSteps } from './row-steps.ts';

export interface MineOptions {
  /** When the index's rows were embedded, as `remember` notes it: batches then say how stale their negatives are. */
  readonly steps?: RowSteps;
}

/** Gives each batch its negatives, batches in order however long each one's mining takes. */
export function mine(
  miner: Miner<Views>,
  { steps }: MineOptions = {},
): OperatorFunction<EmbeddedBatch, MinedBatch> {
  return concatMap((batch) => {
    const { queryIds, step } = batch;
    const mined = miner(batch.views, { queryIds, step });
    return (mined instanceof Promise ? from(mined) : of(mined)).pipe(
      map((views) => ({
        ...batch,
        views: { ...views, ids: batch.views.ids },
        ...(steps && { staleness: steps.staleness(views.negativeIds, step) }),
      })),
    );
  });
}
