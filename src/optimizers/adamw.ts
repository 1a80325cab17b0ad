import { checkNonNegative, checkPositive, checkShare, refuse } from '../core/check.ts';
import { isOfRows } from '../core/parameters.ts';
import { adamStep } from './adam-step.ts';
import { type Decay, decayOf } from './decay.ts';
import { memory } from './memory.ts';
import type { Optimizer } from './optimizer.ts';
import type { Schedule } from './schedules.ts';

export interface AdamWOptions {
  /** A number, or a function of the step, 1 for the first. @default 0.001 */
  readonly rate?: number | Schedule;
  /** @default 0.9 */
  readonly beta1?: number;
  /** @default 0.999 */
  readonly beta2?: number;
  /** @default 1e-8 */
  readonly epsilon?: number;
  /**
   * Weight decay: what share of itself, times the rate, a parameter loses in a step. A number, or a function of its name: biases
   * and temperatures are usually spared, by `weightsOnly(0.01)`. @default 0.01
   */
  readonly decay?: Decay;
}

/**
 * Adam with decoupled weight decay: θ -= rate · (m̂ / (√v̂ + ε) + decay · θ). It remembers `mean` and `square` of each parameter.
 *
 * @throws RangeError if an option is out of range: rate > 0 (>= 0 from a function), betas in [0, 1), epsilon > 0, decay >= 0; at a step,
 *   if a gradient is of some rows alone, which `sparseAdam` takes
 * @see Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, algorithm 2
 */
export function adamW({
  rate = 0.001,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  decay = 0.01,
}: AdamWOptions = {}): Optimizer {
  if (typeof rate === 'number') checkPositive('adamW', 'rate', rate);
  checkShare('adamW', 'beta1', beta1);
  checkShare('adamW', 'beta2', beta2);
  checkPositive('adamW', 'epsilon', epsilon);
  if (typeof decay === 'number') checkNonNegative('adamW', 'decay', decay);
  const { state, begin, of, restore } = memory('adamW', ['mean', 'square']);
  return {
    state,
    restore,
    step(parameters, gradients) {
      const names = Object.keys(parameters);
      const decays = new Map(names.map((name) => [name, decayOf('adamW.step', decay, name)]));
      for (const name of names) {
        if (name in gradients && isOfRows(gradients[name]))
          refuse('adamW.step', `${name}'s gradient must be whole, as sparseAdam's need not be`, 'some rows');
      }
      const now = begin(parameters, gradients, rate);
      for (const [name, parameter] of Object.entries(parameters)) {
        const moments = { mean: of(name, 'mean', parameter), square: of(name, 'square', parameter) };
        const options = { ...now, beta1, beta2, epsilon, decay: decays.get(name) ?? 0 };
        adamStep(parameter, gradients[name], moments, options);
      }
    },
  };
}
