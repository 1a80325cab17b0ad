import { refuse } from '../core/check.ts';
import { pauses } from '../core/patience.ts';
import { bootstrapTogether, type BootstrapOptions, type Interval } from './bootstrap.ts';
import { holm } from './holm.ts';
import { mean } from './mean.ts';
import { pairedDifferences } from './paired.ts';
import { randomizationTest } from './randomization-test.ts';

/** One system's values of a measure. */
export interface Compared {
  readonly mean: number;
  readonly interval: Interval;
  /** how it stands to the first system, which has none itself */
  readonly against?: Difference;
}

export interface Difference {
  /** of the system - the first */
  readonly mean: number;
  /** by the paired bootstrap */
  readonly interval: Interval;
  /** queries on which the system has more, as much and less */
  readonly better: number;
  readonly equal: number;
  readonly worse: number;
  /** of the randomization test */
  readonly p: number;
  /** the same, adjusted by Holm for as many systems as are set against the first */
  readonly adjusted: number;
}

/**
 * Sets systems against the first of them, the baseline, by their values of one measure on the same queries: means and differences with
 * bootstrap intervals, and the randomization test of each difference, adjusted for the number of systems. Their draws are the same for all.
 *
 * With `groups` queries of one group are drawn, and change sides, together; `resamples` are as many for the test as for the bootstrap. The
 * event loop is let in between pieces.
 *
 * @throws RangeError if there is no system or no query, the lengths differ, a value is not finite, and as `bootstrap`
 */
export async function compareSystems(
  systems: readonly ArrayLike<number>[],
  options: BootstrapOptions = {},
): Promise<readonly Compared[]> {
  const [baseline] = systems;
  if (systems.length === 0 || baseline.length === 0)
    refuse(
      'compareSystems',
      'there must be a system and a query',
      systems.length === 0 ? 'no system' : 'no query',
    );
  const differences = systems.map((values) => pairedDifferences('compareSystems', values, baseline));
  const ofValues = await bootstrapTogether(Object.fromEntries(systems.entries()), options);
  const ofDifferences = await bootstrapTogether(Object.fromEntries(differences.entries()), options);
  const pause = pauses();
  const ps: number[] = [];
  for (const values of systems.slice(1)) {
    ps.push(randomizationTest(values, baseline, options));
    await pause();
  }
  const adjusted = holm(ps);
  return systems.map((values, s) => ({
    mean: mean(values),
    interval: ofValues[s],
    ...(s > 0 && {
      against: {
        mean: mean(differences[s]),
        interval: ofDifferences[s],
        better: differences[s].filter((difference) => difference > 0).length,
        equal: differences[s].filter((difference) => difference === 0).length,
        worse: differences[s].filter((difference) => difference < 0).length,
        p: ps[s - 1],
        adjusted: adjusted[s - 1],
      },
    }),
  }));
}
