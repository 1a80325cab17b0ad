import { checkPositive, checkShare } from '../core/check.ts';
import { adamStep } from './adam-step.ts';
import type { AdamWOptions } from './adamw.ts';
import { memory } from './memory.ts';
import type { Optimizer } from './optimizer.ts';

export type SparseAdamOptions = Omit<AdamWOptions, 'decay'>;

/**
 * Adam of tables, of which a batch touches a few rows: these alone are moved, and the moments of the others neither fade nor move them.
 * θ -= rate · √(1 - β2ᵗ) / (1 - β1ᵗ) · m / (√v + ε), with t the step of the optimizer, not the times a row was touched; as PyTorch's
 * SparseAdam. It remembers `mean` and `square` of each parameter. A gradient that is whole touches all rows.
 *
 * @throws RangeError if an option is out of range: rate > 0 (>= 0 from a function), betas in [0, 1), epsilon > 0
 * @see Kingma and Ba, "Adam: a method for stochastic optimization", 2015, section 2, in the order of its last paragraph
 */
export function sparseAdam({
  rate = 0.001,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: SparseAdamOptions = {}): Optimizer {
  if (typeof rate === 'number') checkPositive('sparseAdam', 'rate', rate);
  checkShare('sparseAdam', 'beta1', beta1);
  checkShare('sparseAdam', 'beta2', beta2);
  checkPositive('sparseAdam', 'epsilon', epsilon);
  const { state, begin, of, restore } = memory('sparseAdam', ['mean', 'square']);
  return {
    state,
    restore,
    step(parameters, gradients) {
      const now = begin(parameters, gradients, rate);
      for (const [name, parameter] of Object.entries(parameters)) {
        const moments = { mean: of(name, 'mean', parameter), square: of(name, 'square', parameter) };
        // the kernel divides √v by √(1 - β2ᵗ) before it adds: so is epsilon
        const beside = epsilon / Math.sqrt(1 - beta2 ** now.step);
        adamStep(parameter, gradients[name], moments, { ...now, beta1, beta2, epsilon: beside, decay: 0 });
      }
    },
  };
}
