import { matrix, type Matrix, row } from '../../src/core/matrix.ts';
import { isOfRows, type Gradients, type Parameters } from '../../src/core/parameters.ts';
import type { Encoder, Model } from '../../src/models/model.ts';
import { gaussian } from '../matrices.ts';

/** What can be checked against slopes: the parameters, and the input under `input`. */
export type Moved = Parameters & { readonly input: Matrix };

/** A weighted sum of a model's outputs, and its gradients by the parameters' names and of the input. */
export function weightedModel(model: Model, weights: Matrix) {
  const input = (x: Matrix): Moved => ({ ...model.parameters, input: x });
  const loss = (moved: Moved) => {
    const { output, backward, inputGradient } = model.forward(moved.input);
    const gradients: Moved = { ...backward(weights), input: inputGradient(weights) };
    return { value: weighted(output, weights), gradients };
  };
  return { input, loss };
}

/** The same of an encoder whose input has no slopes. */
export function weightedEncoder<Input>(encoder: Encoder<Input>, input: Input, weights: Matrix) {
  return () => {
    const { output, backward } = encoder.forward(input);
    return { value: weighted(output, weights), gradients: wholeOnes(backward(weights), encoder.parameters) };
  };
}

function weighted({ data }: Matrix, weights: Matrix): number {
  return data.reduce((sum, entry, e) => sum + entry * weights.data[e], 0);
}

/** Gradients of some rows, with the zeros of all others. */
export function wholeOnes(gradients: Gradients, parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => {
      if (!isOfRows(gradient)) return [name, gradient];
      const all = matrix(parameters[name].rows, parameters[name].cols);
      gradient.numbers.forEach((number, i) => row(all, number).set(row(gradient.values, i)));
      return [name, all];
    }),
  );
}

/** Away from its start, where some weights are zero and gradients with them. */
export function shaken(model: Model): Model {
  Object.values(model.parameters).forEach(({ rows, cols, data }, at) => {
    gaussian(rows, cols, 7, at).data.forEach((entry, e) => (data[e] += 0.5 * entry));
  });
  return model;
}
