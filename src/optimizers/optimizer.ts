import type { Gradients, Parameters } from '../core/parameters.ts';

/** Moves parameters, in place, against their gradients. */
export interface Optimizer {
  /**
   * @throws RangeError if a parameter has no gradient or one of another shape
   */
  step(parameters: Parameters, gradients: Gradients): void;
  /** What it remembers between steps, by name, as it stands: no copy. `step`, 1 × 1, counts those taken. */
  readonly state: Parameters;
  /**
   * Goes on from a state that was read: a copy of it takes the place of what is remembered.
   *
   * @throws RangeError if the state is not one of this optimizer's
   */
  restore(state: Parameters): void;
}
