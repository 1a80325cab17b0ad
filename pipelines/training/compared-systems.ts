import type { Values } from '../../src/streams/evaluate.ts';
import { differences, figures } from '../retrieval.ts';
import { intervals, means, signedWithInterval, withInterval } from '../table.ts';

/** What was measured of something that embeds. */
export interface System {
  readonly name: string;
  /** what a program reads its figures by */
  readonly key: string;
  readonly values: Values;
}

/** Figures of several systems, and the difference of the last to one before it. */
export interface ComparedSystems {
  readonly heading: readonly string[];
  /** a row a metric */
  readonly rows: readonly (readonly string[])[];
  /** the same for a program */
  readonly json: Readonly<Record<string, unknown>>;
}

const SHORT = new Map([['mean-centred', 'centred']]);

/** Means with 95 % intervals; what has one group is resampled together. */
export async function comparedSystems(
  systems: readonly System[],
  base: System,
  groups: Int32Array,
  seed: number,
): Promise<ComparedSystems> {
  const last = systems[systems.length - 1];
  const all: Readonly<Record<string, Values>> = {
    ...Object.fromEntries(systems.map(({ key, values }) => [key, values])),
    difference: differences(last.values, base.values),
  };
  const { difference, ...columns } = await figures(all, groups, seed);
  return {
    heading: ['', ...systems.map(({ name }) => name), `${last.name} - ${SHORT.get(base.name) ?? base.name}`],
    rows: Object.keys(last.values).map((metric) => [
      metric,
      ...systems.map(({ key }) => withInterval(columns[key][metric])),
      signedWithInterval(difference[metric]),
    ]),
    json: {
      ...Object.fromEntries(systems.map(({ key }) => [key, means(columns[key])])),
      interval: intervals(difference),
    },
  };
}
