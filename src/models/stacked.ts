import { type Matrix, stackedView } from '../core/matrix.ts';
import { named, type Gradients, type Parameters } from '../core/parameters.ts';
import type { Encoder, Forward, Model } from './model.ts';

/**
 * Each model on what the one before makes: of none the rows themselves. The parameters are named by the models' places, `0.weights`, `1.weights`.
 */
export function stacked(...models: readonly Model[]): Model {
  return {
    parameters: merged(models.map(({ parameters }, at) => named(`${at}`, parameters))),
    joined: stackedView,
    forward(input) {
      const steps: Forward[] = [];
      let output = input;
      for (const model of models) {
        const step = model.forward(output);
        steps.push(step);
        output = step.output;
      }
      return {
        output,
        backward(upstream) {
          const gradients: Parameters[] = [];
          let gradient = upstream;
          for (let at = steps.length - 1; at >= 0; at--) {
            gradients.push(named(`${at}`, steps[at].backward(gradient)));
            if (at > 0) gradient = steps[at].inputGradient(gradient);
          }
          return merged(gradients);
        },
        inputGradient: (upstream) =>
          steps.reduceRight<Matrix>((gradient, step) => step.inputGradient(gradient), upstream),
      };
    },
  };
}

/** A model on what an encoder makes. The encoder's parameters keep their names, the model's are `projection.…`, or by another name. */
export function projected<Input>(
  encoder: Encoder<Input>,
  projection: Model,
  name = 'projection',
): Encoder<Input> {
  return {
    parameters: { ...encoder.parameters, ...named(name, projection.parameters) },
    joined: encoder.joined,
    forward(input) {
      const encoded = encoder.forward(input);
      const { output, backward, inputGradient } = projection.forward(encoded.output);
      return {
        output,
        backward: (upstream): Gradients => ({
          ...encoded.backward(inputGradient(upstream)),
          ...named(name, backward(upstream)),
        }),
      };
    },
  };
}

function merged(parts: readonly Parameters[]): Parameters {
  return Object.assign({}, ...parts);
}
