import { checkOneOf, checkPositive } from '../core/check.ts';
import type { Random } from '../core/random.ts';

/** How negatives are taken from the candidates that every filter leaves. */
export interface DrawOptions {
  /**
   * The best, any of them alike, or each the likelier the more it scores: without replacement, in proportion to exp(score / temperature)
   * of those left. @default 'top'
   */
  readonly sampling?: 'top' | 'random' | 'weighted';
  /** Of `weighted`, in units of the score: near 0 it takes the best, far above the scores' spread any alike. @default 0.05 */
  readonly temperature?: number;
}

/**
 * Draws so many of some scores, all where there are no more, and gives their places in ascending order.
 *
 * Weighted draws are by the Gumbel-max trick, one number a score in their order: the largest of score / temperature + Gumbel noise.
 *
 * @throws RangeError if temperature is not a finite number > 0
 * @see Kool et al., "Stochastic beams and where to find them", 2019, section 2.3
 */
export function draw(
  where: string,
  { sampling = 'top', temperature = 0.05 }: DrawOptions,
): (scores: readonly number[], count: number, random: () => Random) => readonly number[] {
  checkOneOf(where, 'sampling', sampling, ['top', 'random', 'weighted']);
  checkPositive(where, 'temperature', temperature);
  return (scores, count, random) => {
    const places = scores.map((_, place) => place);
    if (sampling === 'top' || scores.length <= count) return places.slice(0, count);
    const { uniform } = random();
    // 1 - uniform is never 0
    const gumbel = () => -Math.log(-Math.log(1 - uniform()) || Number.MIN_VALUE);
    const keys = scores.map((score) => (sampling === 'random' ? uniform() : score / temperature + gumbel()));
    return places
      .sort((a, b) => keys[b] - keys[a] || a - b)
      .slice(0, count)
      .sort((a, b) => a - b);
  };
}
