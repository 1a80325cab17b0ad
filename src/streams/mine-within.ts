import { map, type OperatorFunction } from 'rxjs';
import type { Labelled } from '../core/batches.ts';
import type { EmbeddedRows } from './labelled-batch.ts';

/**
 * Gives each batch the triplets or pairs that a miner within the batch finds in it, `batchHard()` or `multiSimilarityPairs()`: its loss is of
 * these. A miner that draws draws anew at each step.
 */
export function mineWithin(
  miner: (batch: Labelled & { readonly step: number }) => Labelled,
): OperatorFunction<EmbeddedRows, EmbeddedRows> {
  return map((batch) => ({ ...batch, labelled: miner({ ...batch.labelled, step: batch.step }) }));
}
