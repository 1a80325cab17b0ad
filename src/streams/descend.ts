import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Parameters } from '../core/parameters.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { ScoredBatch } from './batches.ts';

/** Moves the parameters, in place, against each batch's gradients. */
export function descend<Batch extends ScoredBatch>(
  parameters: Parameters,
  optimizer: Optimizer,
): MonoTypeOperatorFunction<Batch> {
  return tap(({ backward, gradients, learned }) =>
    optimizer.step(parameters, { ...backward(gradients), ...learned }),
  );
}
