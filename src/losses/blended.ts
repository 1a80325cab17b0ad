import { checkNonNegative, refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import type { Loss } from './loss.ts';

/**
 * Σ weight · loss, and the same sum of the gradients, over losses of one input shape.
 *
 * `active` is the first loss's; `terms` are not given, since the losses' terms need not be of the same things.
 *
 * @throws RangeError if there is no loss or a weight is not a finite number >= 0
 */
export function blended<Input, Gradients extends Named<Gradients>>(
  ...parts: readonly (readonly [weight: number, loss: Loss<Input, Gradients>])[]
): Loss<Input, Gradients> {
  if (parts.length === 0) refuse('blended', 'losses must be at least 1', 0);
  parts.forEach(([weight], part) => checkNonNegative('blended', `weight ${part}`, weight));
  const [[firstWeight, firstLoss], ...others] = parts;
  return (input, into) => {
    const first = firstLoss(input, into);
    let value = firstWeight * first.value;
    let gradients = scaled(first.gradients, firstWeight);
    for (const [weight, loss] of others) {
      // what is asked for by handing it in is asked of every loss
      const next = loss(input, into && structuredClone(into));
      value += weight * next.value;
      gradients = sum(gradients, scaled(next.gradients, weight));
    }
    return {
      value,
      gradients: into === undefined ? gradients : moved(gradients, into),
      active: first.active,
    };
  };
}

/** Of rows a matrix, of what a loss learns beside them perhaps a number. */
type Slope = Matrix | number | undefined;

type Named<Gradients> = { readonly [Name in keyof Gradients]?: Slope };

/** Matrices where they stand, numbers in a copy. */
function scaled<Gradients extends Named<Gradients>>(gradients: Gradients, weight: number): Gradients {
  const all = { ...gradients };
  for (const name in gradients) {
    const slope: Slope = gradients[name];
    if (typeof slope === 'number') Object.assign(all, { [name]: weight * slope });
    else if (slope !== undefined) for (let e = 0; e < slope.data.length; e++) slope.data[e] *= weight;
  }
  return all;
}

/** Adds into the left one's matrices; a name that only one of them has keeps what it has. */
function sum<Gradients extends Named<Gradients>>(left: Gradients, right: Gradients): Gradients {
  const all = { ...right, ...left };
  for (const name in left) {
    const [into, from]: Slope[] = [left[name], right[name]];
    if (typeof into === 'number' && typeof from === 'number') Object.assign(all, { [name]: into + from });
    if (typeof into === 'object' && typeof from === 'object') {
      for (let e = 0; e < from.data.length; e++) into.data[e] += from.data[e];
    }
  }
  return all;
}

/** The same with the caller's matrices: what a later loss alone has a gradient for stands elsewhere. */
function moved<Gradients extends Named<Gradients>>(
  gradients: Gradients,
  into: Partial<Gradients>,
): Gradients {
  const all = { ...gradients };
  for (const name in into) {
    const [from, to]: Slope[] = [gradients[name], into[name]];
    if (typeof to !== 'object') continue;
    if (typeof from === 'object' && from !== to) to.data.set(from.data);
    Object.assign(all, { [name]: to });
  }
  return all;
}
