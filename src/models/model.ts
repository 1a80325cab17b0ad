import type { Matrix } from '../core/matrix.ts';
import type { Gradients, Parameters } from '../core/parameters.ts';

/** Learned matrices and what they make of a batch of inputs, of whatever kind: a row each. */
export interface Encoder<Input> {
  readonly parameters: Parameters;
  forward(input: Input): Encoded;
  /**
   * Two inputs as one, the second's rows behind the first's: for an encoder that takes both at once in less than it takes one by one. undefined
   * where making one of them would cost more than that.
   */
  joined?(first: Input, second: Input): Input | undefined;
}

export interface Encoded {
  readonly output: Matrix;
  /** The parameters' gradients for the output's. */
  backward(upstream: Matrix): Gradients;
}

/** An encoder of rows. */
export interface Model extends Encoder<Matrix> {
  forward(input: Matrix): Forward;
}

export interface Forward extends Encoded {
  backward(upstream: Matrix): Parameters;
  /** The input's gradient for the output's: for a model that stands on another. */
  inputGradient(upstream: Matrix): Matrix;
}
