import type { Matrix } from '../core/matrix.ts';
import type { Parameters } from '../core/parameters.ts';

/** Learned matrices and what they make of a batch of rows. */
export interface Model {
  readonly parameters: Parameters;
  forward(input: Matrix): Forward;
}

export interface Forward {
  readonly output: Matrix;
  /** The parameters' gradients for the output's. */
  backward(upstream: Matrix): Parameters;
  /** The input's gradient for the output's: for a model that stands on another. */
  inputGradient(upstream: Matrix): Matrix;
}
