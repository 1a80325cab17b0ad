import { kernels } from '../kernels/active.ts';
import type { Model } from './model.ts';

/** x ↦ x / |x|, with nothing to learn: between two models, or for rows that are compared by their products. A zero row stays zero. */
export const unit: Model = {
  parameters: {},
  forward(input) {
    const normalized = kernels.normalize(input);
    return {
      output: normalized.unit,
      backward: () => ({}),
      inputGradient: (upstream) => kernels.normalizeBackward(normalized, upstream),
    };
  },
};
