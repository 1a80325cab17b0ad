import { refuse } from '../../src/core/check.ts';
import type { QueryFields } from '../../src/formats/query-fields.ts';
import { type Compared, compareSystems } from '../../src/metrics/compare-systems.ts';
import { numbered } from '../../src/metrics/numbered.ts';
import type { GradedRuns } from './graded-runs.ts';

/** Runs set against the first of them. */
export interface Comparison {
  /** resampled units: clusters of queries, or queries */
  readonly units: number;
  readonly measures: readonly ComparedMeasure[];
  readonly slices: readonly Slice[];
}

export interface ComparedMeasure {
  readonly measure: string;
  /** over all judged queries, where a missing one counts as 0; by run, in their order */
  readonly runs: readonly Compared[];
  /** by run, the mean over the queries that the run has */
  readonly overRanked: readonly number[];
}

/** The queries that have a value of a field. */
export interface Slice {
  readonly field: string;
  /** undefined for the queries that have none */
  readonly value: string | undefined;
  readonly queries: number;
  readonly measures: readonly ComparedMeasure[];
}

export interface ComparisonOptions {
  readonly seed: number;
  /** needed where there are clusters or slices */
  readonly metadata?: QueryFields;
  /** the field whose value queries of one cluster share; a query without is its own */
  readonly cluster?: string;
  /** the fields by whose values figures are given too */
  readonly slices?: readonly string[];
}

/**
 * Means, differences, intervals and tests of every measure, over all queries and over those of each slice.
 *
 * @throws RangeError if a field is in none of the metadata
 */
export async function comparison(
  graded: GradedRuns,
  { seed, metadata, cluster, slices = [] }: ComparisonOptions,
): Promise<Comparison> {
  const valuesOf = (field: string): readonly (string | undefined)[] => {
    if (metadata === undefined || !metadata.fields.includes(field))
      return refuse(
        'compare',
        `a field must be one of ${metadata?.fields.join(', ') ?? '--metadata'}`,
        field,
      );
    return graded.queries.map((query) => metadata.of.get(query)?.get(field));
  };
  const groups = cluster === undefined ? undefined : clustersOf(valuesOf(cluster));
  const all = graded.queries.map((_, q) => q);
  const found: Slice[] = [];
  for (const field of slices) {
    for (const [value, queries] of byValue(valuesOf(field))) {
      const measures = await comparedOn(graded, queries, groups, seed);
      found.push({ field, value, queries: queries.length, measures });
    }
  }
  return {
    units: groups === undefined ? all.length : new Set(groups).size,
    measures: await comparedOn(graded, all, groups, seed),
    slices: found,
  };
}

async function comparedOn(
  { measures, runs }: GradedRuns,
  queries: readonly number[],
  clusters: Uint32Array | undefined,
  seed: number,
): Promise<readonly ComparedMeasure[]> {
  const groups = clusters && queries.map((q) => clusters[q]);
  const compared: ComparedMeasure[] = [];
  for (const [m, measure] of measures.entries()) {
    const values = runs.map((run) => Float64Array.from(queries, (q) => run.values[m][q]));
    compared.push({
      measure,
      runs: await compareSystems(values, { groups, seed }),
      overRanked: runs.map(({ ranked }, r) => {
        const sum = values[r].reduce((total, value) => total + value, 0);
        return sum / queries.reduce((count, q) => count + ranked[q], 0);
      }),
    });
  }
  return compared;
}

/** A number for each query that those of one value share. */
function clustersOf(values: readonly (string | undefined)[]): Uint32Array {
  const numbers = new Map<string, number>();
  const labels = values.map((value, q) => {
    if (value === undefined) return -1 - q;
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  });
  return numbered(labels).of;
}

/** The queries of each value, the most frequent first. */
function byValue(values: readonly (string | undefined)[]): [string | undefined, number[]][] {
  const queries = new Map<string | undefined, number[]>();
  values.forEach((value, q) => {
    const same = queries.get(value);
    if (same === undefined) queries.set(value, [q]);
    else same.push(q);
  });
  return [...queries].sort(([, a], [, b]) => b.length - a.length);
}
