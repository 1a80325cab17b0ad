import type { Parameters } from '../core/parameters.ts';

/** Moves parameters, in place, against their gradients. */
export interface Optimizer {
  /**
   * @throws RangeError if a parameter has no gradient or one of another shape
   */
  step(parameters: Parameters, gradients: Parameters): void;
  /** what it remembers between steps, by name */
  readonly state: Parameters;
}
