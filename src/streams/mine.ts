import { concatMap, from, map, of, type OperatorFunction } from 'rxjs';
import type { Views } from '../core/batches.ts';
import type { Miner } from '../miners/miner.ts';
import type { EmbeddedBatch, MinedBatch } from './batches.ts';

/** Gives each batch its negatives, batches in order however long each one's mining takes. */
export function mine(miner: Miner<Views>): OperatorFunction<EmbeddedBatch, MinedBatch> {
  return concatMap((batch) => {
    const mined = miner(batch.views);
    return (mined instanceof Promise ? from(mined) : of(mined)).pipe(map((views) => ({ ...batch, views })));
  });
}
