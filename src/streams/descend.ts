import { map, type OperatorFunction } from 'rxjs';
import type { ViewGradients } from '../core/batches.ts';
import type { Parameters } from '../core/parameters.ts';
import { gradientNorm } from '../optimizers/clip.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Scored } from './batches.ts';

/** After `descend`. */
export interface Descended {
  /** length of the gradient of all parameters together, before the optimizer did anything with it */
  readonly gradientNorm: number;
}

/** Moves the parameters, in place, against each batch's gradients: of pairs, or of whatever the batch's gradients are of. */
export function descend<Batch extends Scored<EmbeddingGradients>, EmbeddingGradients = ViewGradients>(
  parameters: Parameters,
  optimizer: Optimizer,
): OperatorFunction<Batch, Batch & Descended> {
  return map((batch) => {
    const gradients = { ...batch.backward(batch.gradients), ...batch.learned };
    const norm = gradientNorm(gradients);
    optimizer.step(parameters, gradients);
    return { ...batch, gradientNorm: norm };
  });
}
