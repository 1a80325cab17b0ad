import { checkWhole, refuse } from '../core/check.ts';
import type { Interval } from './bootstrap.ts';

/** A part of a population, of which some were drawn at random and judged. */
export interface Stratum {
  /** how many there are in it */
  readonly population: number;
  readonly judged: number;
  /** of the judged, how many are what is counted */
  readonly positive: number;
}

/** The 97.5th percentile of the standard normal. */
const Z = 1.959963984540054;

/**
 * The share of a population that is something, from random samples of its strata: the sum of their shares by their weights, with
 * a 95 % interval.
 *
 * The interval is Wilson's, of as many judgments as would tell as much if they were drawn from all alike: p(1 - p) over the variance of the
 * sum. For that variance each stratum's share is taken as (positive + 1) / (judged + 2), so that one without any is not taken
 * for certain; a stratum that is judged whole adds none.
 *
 * @throws RangeError if there is no population, or a stratum with one has no judgment or more than it has members
 * @see Wilson, "Probable inference", 1927; Korn and Graubard, "Confidence intervals for proportions with small expected number of positive
 *   counts estimated from survey data", 1998, for the effective size
 */
export function stratifiedRate(strata: readonly Stratum[]): {
  readonly rate: number;
  readonly interval: Interval;
} {
  const total = strata.reduce((sum, { population }) => sum + population, 0);
  if (total === 0) refuse('stratifiedRate', 'strata must have a population', 'none');
  let [rate, smoothed, variance] = [0, 0, 0];
  strata.forEach(({ population, judged, positive }, h) => {
    if (population === 0) return;
    checkWhole('stratifiedRate', `strata[${h}].judged`, judged, 1);
    checkWhole('stratifiedRate', `strata[${h}].positive`, positive);
    if (judged > population || positive > judged)
      refuse(
        'stratifiedRate',
        `strata[${h}] must not have more positive than judged or more judged than population`,
        judged,
      );
    const weight = population / total;
    const share = (positive + 1) / (judged + 2);
    const unseen = population === 1 ? 0 : (population - judged) / (population - 1);
    rate += (weight * positive) / judged;
    smoothed += weight * share;
    variance += (weight ** 2 * share * (1 - share) * unseen) / judged;
  });
  if (variance === 0) return { rate, interval: [rate, rate] };
  const size = (smoothed * (1 - smoothed)) / variance;
  return { rate, interval: wilson(rate, size) };
}

/** The 95 % interval of a share of `size` independent draws (Wilson, "Probable inference", 1927); of none, [0, 1]. */
export function wilson(share: number, size: number): Interval {
  if (size === 0) return [0, 1];
  const middle = (share + Z ** 2 / (2 * size)) / (1 + Z ** 2 / size);
  const half = (Z / (1 + Z ** 2 / size)) * Math.sqrt((share * (1 - share)) / size + Z ** 2 / (4 * size ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
