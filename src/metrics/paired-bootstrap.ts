import { bootstrap, type BootstrapOptions, type Interval } from './bootstrap.ts';
import { mean } from './mean.ts';
import { pairedDifferences } from './paired.ts';

/** How much more one system has than another. */
export interface PairedDifference {
  /** mean of after - before; NaN of no values */
  readonly mean: number;
  readonly interval: Interval;
}

/**
 * The mean of after - before over the same queries, and its percentile bootstrap interval: queries are drawn with what both systems have
 * of them, so what makes a query hard for both cancels. With `groups` those of one group are drawn together.
 *
 * An interval without 0 says that the difference is not by chance of the queries, at the level; `randomizationTest` gives the p.
 *
 * @throws RangeError if the lengths differ or a value is not finite, and as `bootstrap`
 * @see Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13; Koehn, "Statistical significance tests for machine translation evaluation", 2004, section 5; Sakai, "Evaluating evaluation metrics based on the bootstrap", 2006
 */
export function pairedBootstrap(
  after: ArrayLike<number>,
  before: ArrayLike<number>,
  options?: BootstrapOptions,
): PairedDifference {
  const differences = pairedDifferences('pairedBootstrap', after, before);
  return { mean: mean(differences), interval: bootstrap(differences, options) };
}
