import type { Matrix } from '../core/matrix.ts';
import { isOfRows, type RowGradients } from '../core/parameters.ts';
import { kernels } from '../kernels/active.ts';
import type { AdamWStep, Moments } from '../kernels/kernels.ts';

/** One step of a matrix, or of those of its rows that have a gradient. */
export function adamStep(
  parameter: Matrix,
  gradient: Matrix | RowGradients,
  moments: Moments,
  step: AdamWStep,
): void {
  if (isOfRows(gradient)) kernels.adamW(parameter, gradient.values, moments, step, gradient.numbers);
  else kernels.adamW(parameter, gradient, moments, step);
}
