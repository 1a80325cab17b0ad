import type { Labelled } from '../core/batches.ts';
import { stack } from '../core/matrix.ts';
import { firstColumn } from '../core/relatives.ts';
import { distanceBlocks, type DistanceBlocks } from './distance-blocks.ts';
import type { RowDistance } from './distance.ts';

/** Distances from rows of a batch, and of the references numbered after them, to all its columns (core/relatives.ts). */
export function batchDistances(distance: RowDistance, batch: Labelled): DistanceBlocks {
  const { embeddings, references } = batch;
  const rows = references === undefined ? embeddings : stack(embeddings, references.embeddings);
  return distanceBlocks(distance, rows, firstColumn(batch));
}
