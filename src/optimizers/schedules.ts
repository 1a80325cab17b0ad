import { checkNonNegative, checkWhole } from '../core/check.ts';

/** The learning rate of a step, 1 for the first. */
export type Schedule = (step: number) => number;

/** The same rate at every step. */
export function constantRate(rate: number): Schedule {
  checkNonNegative('constantRate', 'rate', rate);
  return () => rate;
}

export interface FallingRateOptions {
  /** of the first step */
  readonly rate: number;
  /** how many it takes to the last rate, which stays from then on */
  readonly steps: number;
  /** @default 0 */
  readonly last?: number;
}

/**
 * rate + (last - rate) min(1, (step - 1) / steps), as PyTorch's LinearLR.
 *
 * @throws RangeError if a rate is not a finite number >= 0, or steps no whole number >= 1
 */
export function linearRate({ rate, steps, last = 0 }: FallingRateOptions): Schedule {
  checkFalling('linearRate', rate, steps, last);
  return (step) => rate + (last - rate) * Math.min(1, (step - 1) / steps);
}

/**
 * last + (rate - last) (1 + cos(π min(1, (step - 1) / steps))) / 2: half a cosine, as PyTorch's CosineAnnealingLR up to its T_max.
 *
 * @throws RangeError if a rate is not a finite number >= 0, or steps no whole number >= 1
 * @see Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, eq. 5, without restarts
 */
export function cosineRate({ rate, steps, last = 0 }: FallingRateOptions): Schedule {
  checkFalling('cosineRate', rate, steps, last);
  return (step) => last + ((rate - last) * (1 + Math.cos(Math.PI * Math.min(1, (step - 1) / steps)))) / 2;
}

function checkFalling(where: string, rate: number, steps: number, last: number): void {
  checkNonNegative(where, 'rate', rate);
  checkWhole(where, 'steps', steps, 1);
  checkNonNegative(where, 'last', last);
}

/**
 * Rises over the first steps to the rate a schedule begins with, step / (steps + 1) of it at each, and then follows the schedule from its
 * first step on.
 *
 * @throws RangeError if steps is not a whole number >= 0
 */
export function warmedUp(steps: number, schedule: Schedule): Schedule {
  checkWhole('warmedUp', 'steps', steps);
  return (step) => (step <= steps ? (schedule(1) * step) / (steps + 1) : schedule(step - steps));
}
