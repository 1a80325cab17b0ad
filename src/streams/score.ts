import { map, type OperatorFunction } from 'rxjs';
import type { ViewGradients, Views } from '../core/batches.ts';
import type { Loss } from '../losses/loss.ts';
import type { EmbeddedBatch, ScoredBatch } from './batches.ts';

/** How bad each batch is, and which way its views should move. */
export function score<Batch extends EmbeddedBatch>(
  loss: Loss<Views, ViewGradients>,
): OperatorFunction<Batch, Batch & ScoredBatch> {
  return map((batch) => {
    const { value, active, gradients } = loss(batch.views);
    return { ...batch, value, active, gradients, learned: {} };
  });
}
