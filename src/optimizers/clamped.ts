import { checkFinite, refuse } from '../core/check.ts';
import type { Optimizer } from './optimizer.ts';

/** By the parameter's name. */
export type Bounds = Readonly<Record<string, readonly [least: number, most: number]>>;

/**
 * An optimizer after each of whose steps the entries of some parameters are put back within bounds. open_clip keeps its learned
 * temperature so: `clamped(adamW(), { 'loss.logScale': [0, Math.log(100)] })`.
 *
 * @throws RangeError if a bound is not finite or a lower one is above its upper; at a step, if there is no parameter of a name
 */
export function clamped(optimizer: Optimizer, bounds: Bounds): Optimizer {
  for (const [name, [least, most]] of Object.entries(bounds)) {
    checkFinite('clamped', `the least ${name}`, least);
    checkFinite('clamped', `the most ${name}`, most);
    if (least > most) refuse('clamped', `the most ${name} must be at least ${least}`, most);
  }
  return {
    get state() {
      return optimizer.state;
    },
    restore: (state) => optimizer.restore(state),
    step(parameters, gradients) {
      for (const name of Object.keys(bounds)) {
        if (!(name in parameters)) refuse('clamped.step', `there must be a parameter ${name}`, 'none');
      }
      optimizer.step(parameters, gradients);
      for (const [name, [least, most]] of Object.entries(bounds)) {
        const { data } = parameters[name];
        for (let e = 0; e < data.length; e++) data[e] = Math.min(most, Math.max(least, data[e]));
      }
    },
  };
}
