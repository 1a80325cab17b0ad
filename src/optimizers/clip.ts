import { checkPositive, refuse } from '../core/check.ts';
import { type Gradients, isOfRows } from '../core/parameters.ts';
import { kernels } from '../kernels/active.ts';
import type { Optimizer } from './optimizer.ts';

/** The length of all gradients as one vector, √Σ g². */
export function gradientNorm(gradients: Gradients): number {
  let squares = 0;
  for (const gradient of Object.values(gradients)) {
    const values = isOfRows(gradient) ? gradient.values : gradient;
    for (const square of kernels.rowProducts(values, values).xx) squares += square;
  }
  return Math.sqrt(squares);
}

/**
 * Shortens gradients, in place, to a norm of `most` where theirs is larger, all by one factor: most / (norm + 1e-6), as PyTorch's
 * clip_grad_norm_.
 *
 * @returns their norm before
 * @throws RangeError if most is not a finite number > 0, or the norm is not finite
 * @see Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1
 */
export function clipNorm(gradients: Gradients, most: number): number {
  checkPositive('clipNorm', 'most', most);
  const norm = gradientNorm(gradients);
  if (!Number.isFinite(norm)) refuse('clipNorm', "the gradients' norm must be finite", norm);
  const factor = most / (norm + 1e-6);
  if (factor >= 1) return norm;
  for (const gradient of Object.values(gradients)) {
    const values = isOfRows(gradient) ? gradient.values : gradient;
    const [factors, none] = [new Float64Array(values.rows).fill(factor), new Float64Array(values.rows)];
    kernels.blendRows(values, values, factors, none, values);
  }
  return norm;
}

/**
 * An optimizer that is handed gradients of a norm of `most` at most: longer ones are shortened in place.
 *
 * @throws RangeError if most is not a finite number > 0; at a step, if the norm is not finite
 */
export function clipped(optimizer: Optimizer, most: number): Optimizer {
  checkPositive('clipped', 'most', most);
  return {
    get state() {
      return optimizer.state;
    },
    restore: (state) => optimizer.restore(state),
    step(parameters, gradients) {
      clipNorm(gradients, most);
      optimizer.step(parameters, gradients);
    },
  };
}
