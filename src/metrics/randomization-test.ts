import { checkEqual, checkWhole } from '../core/check.ts';
import { random } from '../core/random.ts';
import { sumsByGroup } from './by-group.ts';
import { pairedDifferences } from './paired.ts';

export interface RandomizationTestOptions {
  /** one number a value; the values of one group change sides together. Without it each value is its own group. */
  readonly groups?: ArrayLike<number>;
  /** How often sides are drawn; where all ways to draw them are no more, each is taken once. @default 10000 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** Rounding that sums of the same numbers in another order may differ by, as a share of the sum of their sizes. */
const ROUNDING = 1e-12;

/**
 * Fisher's randomization test of two systems on the same queries, two-sided: the probability of a mean difference at least as large, either
 * way, if each query (or each group of them, whole) were as likely to have its two values the other way round.
 *
 * p = (1 + as large among the draws) / (1 + draws), which is never 0 and keeps the level. Where all 2^groups assignments are no more than
 * `resamples` they are all counted, and p is the exact share. In (0, 1]; 1 where no query differs, and of no values.
 *
 * @throws RangeError if the lengths differ, a value is not finite or resamples is not a whole number >= 1
 * @see Fisher, "The design of experiments", 1935, section 21; Smucker, Allan and Carterette, "A comparison of statistical significance tests for information retrieval evaluation", 2007; Phipson and Smyth, "Permutation p-values should never be zero", 2010 (+ 1); SciPy's permutation_test with permutation_type 'samples'
 */
export function randomizationTest(
  after: ArrayLike<number>,
  before: ArrayLike<number>,
  { groups, resamples = 10_000, seed = 0 }: RandomizationTestOptions = {},
): number {
  checkWhole('randomizationTest', 'resamples', resamples, 1);
  const differences = pairedDifferences('randomizationTest', after, before);
  if (groups !== undefined)
    checkEqual('randomizationTest', 'groups.length', groups.length, differences.length);
  // the number of values is the same in all, so sums stand for means; and what is 0 is 0 either way
  const sums = sumsByGroup(differences, groups).sums.filter((sum) => sum !== 0);
  if (sums.length === 0) return 1;
  const observed = Math.abs(sums.reduce((total, sum) => total + sum, 0));
  const least = observed - ROUNDING * sums.reduce((total, sum) => total + Math.abs(sum), 0);
  return 2 ** sums.length <= resamples
    ? countAll(sums, least) / 2 ** sums.length
    : (1 + countDrawn(sums, least, resamples, seed)) / (1 + resamples);
}

/** How many of all ways to give signs have a sum at least as large. */
function countAll(sums: Float64Array, least: number): number {
  let count = 0;
  for (let signs = 0; signs < 2 ** sums.length; signs++) {
    let total = 0;
    for (let g = 0; g < sums.length; g++) total += (signs >> g) & 1 ? -sums[g] : sums[g];
    if (Math.abs(total) >= least) count++;
  }
  return count;
}

function countDrawn(sums: Float64Array, least: number, resamples: number, seed: number): number {
  const { below } = random(seed);
  let count = 0;
  for (let r = 0; r < resamples; r++) {
    let total = 0;
    for (let g = 0, signs = 0; g < sums.length; g++) {
      // 32 signs a draw
      signs = g % 32 === 0 ? below(2 ** 32) : signs >>> 1;
      total += signs & 1 ? -sums[g] : sums[g];
    }
    if (Math.abs(total) >= least) count++;
  }
  return count;
}
