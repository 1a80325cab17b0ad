import type { Labelled } from '../core/batches.ts';
import { type Relatives, relativesIn } from '../core/relatives.ts';
import { batchDistances } from '../distances/batch-distances.ts';
import type { DistanceBlocks } from '../distances/distance-blocks.ts';
import type { RowDistance } from '../distances/distance.ts';

/** Rows taken at a time: memory is a few times BLOCK × columns, never rows × columns. */
export const BLOCK = 128;

/** One row, and what it stands against. */
export interface Anchor extends Relatives {
  /** its number */
  readonly row: number;
  /** columns; how far it is from each */
  readonly away: Float64Array;
}

/** Shows `see` each row of a batch, in order. */
export function eachAnchor(batch: Labelled, distance: RowDistance, see: (anchor: Anchor) => void): void {
  const relativesOf = relativesIn(batch);
  const rows = Uint32Array.from(batch.labels.keys());
  for (const { row, away } of distancesFrom(rows, batchDistances(distance, batch))) {
    see({ row, away, ...relativesOf(row) });
  }
}

/** The distances of each of some rows to all columns, in the order of the rows. */
export function* distancesFrom(
  rows: Uint32Array,
  distances: DistanceBlocks,
): Generator<Pick<Anchor, 'row' | 'away'>> {
  for (let start = 0; start < rows.length; start += BLOCK) {
    const block = rows.subarray(start, start + BLOCK);
    const away = distances.from(block);
    const columns = away.length / block.length;
    for (let b = 0; b < block.length; b++) {
      yield { row: block[b], away: away.subarray(b * columns, (b + 1) * columns) };
    }
  }
}
