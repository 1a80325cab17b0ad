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
export function blended<Input, Gradients extends { readonly [Name in keyof Gradients]?: Matrix }>(
  ...parts: readonly (readonly [weight: number, loss: Loss<Input, Gradients>])[]
): Loss<Input, Gradients> {
  if (parts.length === 0) refuse('blended', 'losses must be at least 1', 0);
  parts.forEach(([weight], part) => checkNonNegative('blended', `weight ${part}`, weight));
  const [[firstWeight, firstLoss], ...others] = parts;
  return (input, into) => {
    const first = firstLoss(input, into);
    let value = firstWeight * first.value;
    let gradients = first.gradients;
    scale(gradients, firstWeight);
    for (const [weight, loss] of others) {
      // what is asked for by handing it in is asked of every loss
      const next = loss(input, into && structuredClone(into));
      value += weight * next.value;
      scale(next.gradients, weight);
      gradients = sum(gradients, next.gradients);
    }
    if (into !== undefined) copy(gradients, into);
    return { value, gradients: { ...gradients, ...into }, active: first.active };
  };
}

type Named<Gradients> = { readonly [Name in keyof Gradients]?: Matrix };

function scale<Gradients extends Named<Gradients>>(gradients: Gradients, weight: number): void {
  for (const name in gradients) {
    const data = gradients[name]?.data ?? [];
    for (let e = 0; e < data.length; e++) data[e] *= weight;
  }
}

/** Moves what a later loss alone has a gradient for into where it was asked for. */
function copy<Gradients extends Named<Gradients>>(gradients: Gradients, into: Partial<Gradients>): void {
  for (const name in gradients) {
    const [from, to] = [gradients[name], into[name]];
    if (from !== undefined && to !== undefined && from !== to) to.data.set(from.data);
  }
}

/** Adds into the left one's matrices; a name that only one of them has keeps its matrix. */
function sum<Gradients extends Named<Gradients>>(left: Gradients, right: Gradients): Gradients {
  for (const name in left) {
    const into = left[name]?.data ?? [];
    const from = right[name]?.data ?? [];
    for (let e = 0; e < from.length; e++) into[e] += from[e];
  }
  return { ...right, ...left };
}
