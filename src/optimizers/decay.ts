import { checkNonNegative } from '../core/check.ts';

/** Weight decay: a number, or a function of the parameter's name. */
export type Decay = number | ((name: string) => number);

/**
 * This decay of weights, and none of biases, temperatures and other learned scales: of parameters whose last name is logScale, bias or beta
 * or ends in Bias.
 *
 * @throws RangeError if decay is not a finite number >= 0
 */
export function weightsOnly(decay: number): (name: string) => number {
  checkNonNegative('weightsOnly', 'decay', decay);
  return (name) => (/(^|\.)(logScale|bias|beta|\w*Bias)$/.test(name) ? 0 : decay);
}

export function decayOf(where: string, decay: Decay, name: string): number {
  const share = typeof decay === 'number' ? decay : decay(name);
  checkNonNegative(where, `decay of ${name}`, share);
  return share;
}
