import { map, type OperatorFunction } from 'rxjs';
import type { EmbeddedBatch, PairBatch } from './batches.ts';

/** Takes the features for the embeddings: for vectors that were made elsewhere, with nothing here to learn. */
export function asStored(): OperatorFunction<PairBatch, EmbeddedBatch> {
  return map(({ features, ...batch }) => ({ ...batch, views: features, backward: () => ({}) }));
}
