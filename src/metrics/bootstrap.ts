import { checkEqual, checkWhole, refuse } from '../core/check.ts';
import { kernels } from '../kernels/active.ts';
import { sumsByGroup } from './by-group.ts';
import { quantile } from './quantile.ts';

export interface BootstrapOptions {
  /** one number a value; values of one group are resampled together. Without it each value is its own group. */
  readonly groups?: ArrayLike<number>;
  /** @default 10000 */
  readonly resamples?: number;
  /** Coverage, in (0, 1). @default 0.95 */
  readonly level?: number;
  /** @default 0 */
  readonly seed?: number;
}

export type Interval = readonly [low: number, high: number];

/**
 * A percentile bootstrap interval for a mean: groups are drawn with replacement, and the mean is over all values of the
 * groups drawn. Of differences of two systems on the same queries, the paired bootstrap.
 *
 * The interval of no values is [NaN, NaN]; of one group, its mean twice. The same seed gives the same interval, and the
 * same draws for every metric of the same queries.
 *
 * @throws RangeError if groups and values differ in length, resamples is not a whole number >= 1, or level is not in (0, 1)
 * @see Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13; Field and Welsh, 2007 (by clusters)
 */
export function bootstrap(values: ArrayLike<number>, options?: BootstrapOptions): Interval {
  const { sums, cols, resamples, seed, intervals } = resampling([values], options);
  return intervals(kernels.resample(sums, cols, resamples, seed))[0];
}

/**
 * The same intervals for several measurements of the same things, at the cost of one: they share their draws. Off
 * the event loop, since ten thousand resamples of many groups take a while.
 *
 * @throws RangeError as `bootstrap`
 */
export async function bootstrapTogether(
  measured: Readonly<Record<string, ArrayLike<number>>>,
  options?: BootstrapOptions,
): Promise<Readonly<Record<string, Interval>>> {
  const { sums, cols, resamples, seed, intervals } = resampling(Object.values(measured), options);
  const found = intervals(await kernels.later.resample(sums, cols, resamples, seed));
  return Object.fromEntries(Object.keys(measured).map((name, m) => [name, found[m]]));
}

/** What is to be resampled, a row a group: how many values it has, and their sum by each measure; and the intervals that follow. */
function resampling(
  measured: readonly ArrayLike<number>[],
  { groups, resamples = 10_000, level = 0.95, seed = 0 }: BootstrapOptions = {},
) {
  checkWhole('bootstrap', 'resamples', resamples, 1);
  if (!(level > 0 && level < 1)) refuse('bootstrap', 'level must be a number in (0, 1)', level);
  const columns = measured.map((values) => {
    if (groups !== undefined) checkEqual('bootstrap', 'groups.length', groups.length, values.length);
    return sumsByGroup(values, groups);
  });
  const cols = 1 + columns.length;
  const counts = columns[0]?.counts ?? new Float64Array(0);
  const sums = new Float64Array(cols * counts.length);
  counts.forEach((count, g) => (sums[g * cols] = count));
  columns.forEach((column, m) => column.sums.forEach((sum, g) => (sums[g * cols + m + 1] = sum)));
  const intervals = (resampled: Float64Array): readonly Interval[] =>
    columns.map((_, m) => {
      const means = new Float64Array(resamples);
      for (let b = 0; b < resamples; b++) means[b] = resampled[b * cols + m + 1] / resampled[b * cols];
      means.sort();
      return [quantile(means, (1 - level) / 2), quantile(means, (1 + level) / 2)];
    });
  return { sums, cols, resamples, seed, intervals };
}
