import {
  checkFinite,
  checkNonNegative,
  checkOneOf,
  checkPositive,
  checkShare,
  checkWhole,
} from '../core/check.ts';
import type { Schedule } from './schedules.ts';

export interface PlateauOptions {
  /** at first */
  readonly rate: number;
  /** Whether the value that is watched is better low, as a loss is, or high. @default 'low' */
  readonly better?: 'low' | 'high';
  /** What the rate is multiplied by. @default 0.1 */
  readonly factor?: number;
  /** How many values that are no better may follow one another. @default 10 */
  readonly patience?: number;
  /** By what share of the best a value must be better to count. @default 1e-4 */
  readonly threshold?: number;
  /** For how many values after a fall none counts as no better. @default 0 */
  readonly cooldown?: number;
  /** The rate falls no lower. @default 0 */
  readonly least?: number;
}

export interface PlateauState {
  readonly rate: number;
  /** null before there was a value */
  readonly best: number | null;
  /** values in a row that were no better */
  readonly bad: number;
  /** values still to come that do not count */
  readonly cooling: number;
}

/** A rate that falls when a watched value no longer gets better. */
export interface Plateau {
  /** as it stands, whatever the step */
  readonly rate: Schedule;
  /** Takes in the next value: of a loss on held-out data, say. */
  observe(value: number): void;
  readonly state: PlateauState;
  restore(state: PlateauState): void;
}

/**
 * The rate of PyTorch's ReduceLROnPlateau with its defaults, by shares of the best value.
 *
 * @throws RangeError if rate is not a finite number > 0, factor or threshold not in [0, 1), patience or cooldown no whole number >= 0, least
 *   not finite and >= 0, or better another; at `observe`, if the value is not finite
 */
export function plateau({
  rate: first,
  better = 'low',
  factor = 0.1,
  patience = 10,
  threshold = 1e-4,
  cooldown = 0,
  least = 0,
}: PlateauOptions): Plateau {
  checkPositive('plateau', 'rate', first);
  checkOneOf('plateau', 'better', better, ['low', 'high']);
  checkShare('plateau', 'factor', factor);
  checkWhole('plateau', 'patience', patience);
  checkShare('plateau', 'threshold', threshold);
  checkWhole('plateau', 'cooldown', cooldown);
  checkNonNegative('plateau', 'least', least);
  let state: PlateauState = { rate: first, best: null, bad: 0, cooling: 0 };
  const beats = (value: number, best: number): boolean =>
    better === 'low' ? value < best * (1 - threshold) : value > best * (1 + threshold);
  return {
    rate: () => state.rate,
    observe(value) {
      checkFinite('plateau.observe', 'value', value);
      const { rate, best, bad, cooling } = state;
      const won = best === null || beats(value, best);
      const now = won || cooling > 0 ? 0 : bad + 1;
      const falls = now > patience;
      state = {
        rate: falls ? Math.max(least, rate * factor) : rate,
        best: won ? value : best,
        bad: falls ? 0 : now,
        cooling: falls ? cooldown : Math.max(0, cooling - 1),
      };
    },
    get state() {
      return state;
    },
    restore(saved) {
      state = { ...saved };
    },
  };
}
