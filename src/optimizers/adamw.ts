import { checkEqual, checkNonNegative, checkPositive, checkShare, refuse } from '../core/check.ts';
import { matrix, type Matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import type { Optimizer } from './optimizer.ts';

export interface AdamWOptions {
  /** A number, or a function of the step, 1 for the first. @default 0.001 */
  readonly rate?: number | ((step: number) => number);
  /** @default 0.9 */
  readonly beta1?: number;
  /** @default 0.999 */
  readonly beta2?: number;
  /** @default 1e-8 */
  readonly epsilon?: number;
  /**
   * Weight decay: what share of itself, times the rate, a parameter loses in a step. A number, or a function of its name: biases
   * and temperatures are usually spared. @default 0.01
   */
  readonly decay?: number | ((name: string) => number);
}

/**
 * Adam with decoupled weight decay: θ -= rate · (m̂ / (√v̂ + ε) + decay · θ).
 *
 * @throws RangeError if an option is out of range: rate > 0 (>= 0 from a function), betas in [0, 1), epsilon > 0, decay >= 0
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
  const state: Record<string, Matrix> = {};
  let step = 0;
  return {
    state,
    step(parameters, gradients) {
      for (const [name, parameter] of Object.entries(parameters)) {
        if (typeof decay === 'function') checkNonNegative('adamW.step', `decay of ${name}`, decay(name));
        const gradient = gradients[name] ?? refuse('adamW.step', `${name} must have a gradient`, 'none');
        checkEqual('adamW.step', `rows of ${name}'s gradient`, gradient.rows, parameter.rows);
        checkEqual('adamW.step', `cols of ${name}'s gradient`, gradient.cols, parameter.cols);
      }
      step++;
      const now = typeof rate === 'number' ? rate : rate(step);
      checkNonNegative('adamW.step', `rate at step ${step}`, now);
      for (const [name, parameter] of Object.entries(parameters)) {
        const mean = (state[`${name}.mean`] ??= matrix(parameter.rows, parameter.cols));
        const square = (state[`${name}.square`] ??= matrix(parameter.rows, parameter.cols));
        kernels.adamW(
          parameter,
          gradients[name],
          { mean, square },
          {
            rate: now,
            beta1,
            beta2,
            epsilon,
            decay: typeof decay === 'number' ? decay : decay(name),
            step,
          },
        );
      }
    },
  };
}
