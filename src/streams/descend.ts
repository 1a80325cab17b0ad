import { map, type OperatorFunction } from 'rxjs';
import type { ViewGradients } from '../core/batches.ts';
import type { Matrix } from '../core/matrix.ts';
import type { Parameters } from '../core/parameters.ts';
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
    const gradientNorm = normOf(gradients);
    optimizer.step(parameters, gradients);
    return { ...batch, gradientNorm };
  });
}

/** Of matrices, and of tables of which some rows were touched. */
function normOf(gradients: Readonly<Record<string, Matrix | { readonly values: Matrix }>>): number {
  let squares = 0;
  for (const gradient of Object.values(gradients)) {
    const { data } = 'values' in gradient ? gradient.values : gradient;
    for (let e = 0; e < data.length; e++) squares += data[e] * data[e];
  }
  return Math.sqrt(squares);
}
