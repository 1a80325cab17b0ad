import { checkNonNegative, checkPositive, checkShare, refuse } from '../core/check.ts';
import { row, type Matrix } from '../core/matrix.ts';
import { isOfRows } from '../core/parameters.ts';
import { type Decay, decayOf } from './decay.ts';
import { memory } from './memory.ts';
import type { Optimizer } from './optimizer.ts';
import type { Schedule } from './schedules.ts';

export interface SgdOptions {
  /** A number, or a function of the step, 1 for the first. @default 0.01 */
  readonly rate?: number | Schedule;
  /** @default 0 */
  readonly momentum?: number;
  /** Whether a step looks ahead along the momentum, which must be above 0. @default false */
  readonly nesterov?: boolean;
  /** What share of a parameter is added to its gradient. A number, or a function of its name. @default 0 */
  readonly decay?: Decay;
}

/**
 * Gradient descent with momentum, as PyTorch has it: g = gradient + decay · θ, v = momentum · v + g, θ -= rate · v, or with Nesterov's
 * θ -= rate · (g + momentum · v). The first v is g. It remembers `velocity` of each parameter where there is momentum.
 *
 * @throws RangeError if an option is out of range: rate > 0 (>= 0 from a function), momentum in [0, 1), decay >= 0, or nesterov without
 *   momentum; at a step, if a gradient is of some rows alone and there is momentum or decay, which move all
 * @see Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013, and PyTorch's note on how it differs
 */
export function sgd({ rate = 0.01, momentum = 0, nesterov = false, decay = 0 }: SgdOptions = {}): Optimizer {
  if (typeof rate === 'number') checkPositive('sgd', 'rate', rate);
  checkShare('sgd', 'momentum', momentum);
  if (nesterov && momentum === 0) refuse('sgd', 'momentum must be above 0 with nesterov', momentum);
  if (typeof decay === 'number') checkNonNegative('sgd', 'decay', decay);
  const { state, begin, of, restore } = memory('sgd', ['velocity']);
  return {
    state,
    restore,
    step(parameters, gradients) {
      const decays = new Map(Object.keys(parameters).map((name) => [name, decayOf('sgd.step', decay, name)]));
      for (const [name, share] of decays) {
        if ((momentum > 0 || share > 0) && name in gradients && isOfRows(gradients[name]))
          refuse('sgd.step', `${name}'s gradient must be whole with momentum or decay`, 'some rows');
      }
      const now = begin(parameters, gradients, rate);
      for (const [name, parameter] of Object.entries(parameters)) {
        const gradient = gradients[name];
        if (isOfRows(gradient)) {
          const { numbers, values } = gradient;
          numbers.forEach((number, i) => descend(row(parameter, number), row(values, i), now.rate, 0));
        } else if (momentum === 0) {
          descend(parameter.data, gradient.data, now.rate, decays.get(name) ?? 0);
        } else {
          const velocity = of(name, 'velocity', parameter);
          roll(parameter, gradient, velocity, {
            rate: now.rate,
            momentum,
            nesterov,
            decay: decays.get(name) ?? 0,
          });
        }
      }
    },
  };
}

function descend(parameter: Float32Array, gradient: Float32Array, rate: number, decay: number): void {
  for (let e = 0; e < parameter.length; e++) parameter[e] -= rate * (gradient[e] + decay * parameter[e]);
}

interface Rolling {
  readonly rate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly decay: number;
}

function roll(
  parameter: Matrix,
  gradient: Matrix,
  velocity: Matrix,
  { rate, momentum, nesterov, decay }: Rolling,
): void {
  for (let e = 0; e < parameter.data.length; e++) {
    const slope = gradient.data[e] + decay * parameter.data[e];
    // before the first it is 0, and so becomes the slope
    const speed = momentum * velocity.data[e] + slope;
    velocity.data[e] = speed;
    parameter.data[e] -= rate * (nesterov ? slope + momentum * speed : speed);
  }
}
