import { checkEqual, checkWhole, refuse } from '../core/check.ts';
import { pauses } from '../core/patience.ts';
import { random } from '../core/random.ts';
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
  const resampling = resampled([values], options);
  for (;;) {
    const { done, value } = resampling.next();
    if (done === true) return value[0];
  }
}

/**
 * The same intervals for several measurements of the same things, at the cost of one: they share their draws. Lets the
 * event loop in now and then, since ten thousand resamples of many groups take a while.
 *
 * @throws RangeError as `bootstrap`
 */
export async function bootstrapTogether(
  measured: Readonly<Record<string, ArrayLike<number>>>,
  options?: BootstrapOptions,
): Promise<Readonly<Record<string, Interval>>> {
  const resampling = resampled(Object.values(measured), options);
  const pause = pauses();
  for (;;) {
    const { done, value } = resampling.next();
    if (done === true) return Object.fromEntries(Object.keys(measured).map((name, m) => [name, value[m]]));
    await pause();
  }
}

/** Draws between two yields. */
const PIECE = 1e6;

function* resampled(
  measured: readonly ArrayLike<number>[],
  { groups, resamples = 10_000, level = 0.95, seed = 0 }: BootstrapOptions = {},
): Generator<void, readonly Interval[], void> {
  checkWhole('bootstrap', 'resamples', resamples, 1);
  if (!(level > 0 && level < 1)) refuse('bootstrap', 'level must be a number in (0, 1)', level);
  const sums = measured.map((values) => {
    if (groups !== undefined) checkEqual('bootstrap', 'groups.length', groups.length, values.length);
    return sumsByGroup(values, groups);
  });
  const size = sums[0]?.counts.length ?? 0;
  const { below } = random(seed);
  const means = sums.map(() => new Float64Array(resamples));
  const times = new Uint32Array(size);
  const total = totals([sums[0]?.counts ?? new Float64Array(0), ...sums.map((each) => each.sums)]);
  for (let b = 0, since = 0; b < resamples; b++, since += size) {
    times.fill(0);
    for (let draw = 0; draw < size; draw++) times[below(size)]++;
    const [count, ...sumsOf] = total(times);
    means.forEach((each, m) => (each[b] = sumsOf[m] / count));
    if (since < PIECE) continue;
    since = 0;
    yield;
  }
  return means.map((each) => {
    each.sort();
    return [quantile(each, (1 - level) / 2), quantile(each, (1 + level) / 2)];
  });
}

/** The sum of each column, of which each number counts so many times. (To add them up as they are drawn would be to look for each anew.) */
function totals(columns: readonly Float64Array[]): (times: Uint32Array) => Float64Array {
  const WIDTH = 4;
  const none = new Float64Array(columns[0].length);
  const sums = new Float64Array(Math.ceil(columns.length / WIDTH) * WIDTH);
  return (times) => {
    for (let at = 0; at < columns.length; at += WIDTH) {
      // side by side, since each sum waits for its last addition
      const [a, b = none, c = none, d = none] = columns.slice(at, at + WIDTH);
      let [ofA, ofB, ofC, ofD] = [0, 0, 0, 0];
      for (let i = 0; i < times.length; i++) {
        ofA += times[i] * a[i];
        ofB += times[i] * b[i];
        ofC += times[i] * c[i];
        ofD += times[i] * d[i];
      }
      sums.set([ofA, ofB, ofC, ofD], at);
    }
    return sums;
  };
}
