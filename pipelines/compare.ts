import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { readQueryFields } from '../src/formats/query-fields.ts';
import type { Difference } from '../src/metrics/compare-systems.ts';
import { type ComparedMeasure, comparison, type Slice } from './comparing/comparison.ts';
import { type GradedRun, gradedRuns } from './comparing/graded-runs.ts';
import { checkSeed, DATA_OPTIONS } from './options.ts';
import { progress } from './progress.ts';
import { signedWithInterval, table, withInterval } from './table.ts';

export const COMPARE_OPTIONS = {
  qrels: {
    type: 'string',
    describe: 'judgments: TREC, BEIR .tsv or JSON, plain or gzip',
    demandOption: true,
    requiresArg: true,
  },
  run: {
    type: 'string',
    array: true,
    describe: 'a run, TREC or JSON; the first is the baseline; again for each further one',
    demandOption: true,
    requiresArg: true,
  },
  measure: {
    alias: 'm',
    type: 'string',
    array: true,
    describe: 'a measure of trec_eval with its parameters, or a name for several; again for more',
    defaultDescription: 'ndcg_cut.10, recall.100, map and recip_rank',
    requiresArg: true,
  },
  level: {
    alias: 'l',
    type: 'number',
    describe: 'the least grade that makes a document relevant',
    default: 1,
    requiresArg: true,
  },
  metadata: {
    type: 'string',
    describe: 'fields of the queries: a BEIR .jsonl, or a table with tabs, a heading and the query first',
    requiresArg: true,
  },
  cluster: {
    type: 'string',
    describe: 'the field whose queries are resampled together, such as a topic or a user',
    requiresArg: true,
    implies: 'metadata',
  },
  slice: {
    type: 'string',
    array: true,
    describe: 'a field by whose values figures are printed too; again for more',
    requiresArg: true,
    implies: 'metadata',
  },
  seed: DATA_OPTIONS.seed,
  json: DATA_OPTIONS.json,
} as const;

/** What is called significant. */
const ALPHA = 0.05;
/** Slices of a field that are printed; --json has all. */
const SHOWN = 20;

/** Sets runs against the first of them, query by query, and prints differences with intervals and tests. */
export async function compare(
  options: InferredOptionTypes<typeof COMPARE_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const { qrels, run: paths, level, seed, json, cluster, slice: slices } = options;
  checkSeed('compare', seed);
  checkWhole('compare', '--level (-l)', level);
  if (paths.length < 2) refuse('compare', '--run must be given for two runs or more', paths.length);
  const twice = paths.find((path, r) => paths.indexOf(path) < r);
  if (twice !== undefined) refuse('compare', 'each --run must be another file', `${twice} twice`);
  const asked = options.measure ?? ['ndcg_cut.10', 'recall.100', 'map', 'recip_rank'];

  const metadata = options.metadata === undefined ? undefined : await readQueryFields(options.metadata);
  const graded = await gradedRuns(qrels, paths, asked, level);
  signal.throwIfAborted();
  const shown = progress('resampling');
  const found = await comparison(graded, { seed, metadata, cluster, slices });
  shown.done();

  const { queries, withoutRelevant, runs } = graded;
  if (json) {
    const facts = runs.map(({ path, tag, ranked, unjudged }) => ({
      path,
      tag,
      queries: countOf(ranked),
      missing: queries.length - countOf(ranked),
      'unjudged@10': unjudged,
    }));
    const settings = { level, seed, alpha: ALPHA, cluster, units: found.units };
    console.log(
      JSON.stringify({
        queries: queries.length,
        without_relevant: withoutRelevant,
        runs: facts,
        ...settings,
        measures: found.measures.map(measureJson),
        slices: found.slices.map(({ measures, ...slice }) => ({
          ...slice,
          value: slice.value ?? null,
          measures: measures.map(measureJson),
        })),
      }),
    );
    return;
  }
  const units = cluster === undefined ? 'query' : `${cluster}, of which there are ${found.units}`;
  console.log(found.measures.map((measure) => measureTable(measure, runs)).join('\n\n'));
  console.log();
  console.log(
    [
      `${queries.length} judged queries, ${withoutRelevant} of them without a relevant document (0 for every run); seed ${seed}`,
      `95 % intervals by 10000 bootstrap resamples, p by the randomization test, both by ${units}; Holm: p adjusted for ${runs.length - 1} comparisons`,
      ...missingWords(found.measures, runs, queries.length),
    ].join('\n'),
  );
  for (const field of slices ?? [])
    console.log(
      sliceTables(
        found.slices.filter((slice) => slice.field === field),
        runs,
      ),
    );
}

function countOf(ranked: Uint8Array): number {
  return ranked.reduce((sum, one) => sum + one, 0);
}

function measureJson({ measure, runs, overRanked }: ComparedMeasure) {
  return {
    measure,
    runs: runs.map((run, r) => ({
      ...run,
      over_ranked: Number.isNaN(overRanked[r]) ? null : overRanked[r],
      ...(run.against && { significant: run.against.adjusted < ALPHA }),
    })),
  };
}

function measureTable({ measure, runs: compared }: ComparedMeasure, runs: readonly GradedRun[]): string {
  return table(
    [measure, 'mean [95 %]', 'less baseline [95 %]', 'better/equal/worse', 'p', 'Holm', 'unjudged@10', ''],
    compared.map((run, r) => [
      runs[r].path,
      withInterval(run),
      ...(run.against === undefined ? ['baseline', '', '', ''] : against(run.against)),
      runs[r].unjudged.toFixed(4),
      run.against !== undefined && run.against.adjusted >= ALPHA ? `not significant at ${ALPHA}` : '',
    ]),
  );
}

function against(difference: Difference): string[] {
  const { better, equal, worse, p, adjusted } = difference;
  return [signedWithInterval(difference), `${better}/${equal}/${worse}`, p.toFixed(4), adjusted.toFixed(4)];
}

/** Of each run that lacks queries, what its figures are over those it has. */
function missingWords(
  measures: readonly ComparedMeasure[],
  runs: readonly GradedRun[],
  queries: number,
): string[] {
  return runs.flatMap(({ path, ranked }, r) => {
    const has = countOf(ranked);
    if (has === queries) return [];
    const own = measures.map(({ measure, overRanked }) => `${measure} ${overRanked[r].toFixed(4)}`);
    return [
      `${path} has no ranking for ${queries - has} of ${queries} judged queries, which count as 0 above; over the ${has} it has: ${own.join(', ')}`,
    ];
  });
}

/** A table a measure, a row a value of the field. */
function sliceTables(slices: readonly Slice[], runs: readonly GradedRun[]): string {
  const shown = slices.slice(0, SHOWN);
  const tables = shown[0].measures.map(({ measure }, m) =>
    table(
      [
        `${measure} by ${shown[0].field}`,
        'queries',
        ...runs.map(({ path }) => path),
        ...runs.slice(1).map(({ path }) => `${path} - baseline [95 %]`),
      ],
      shown.map(({ value = '(none)', queries, measures }) => [
        value,
        String(queries),
        ...measures[m].runs.map(({ mean }) => mean.toFixed(4)),
        ...measures[m].runs.flatMap((run) =>
          run.against === undefined ? [] : [signedWithInterval(run.against)],
        ),
      ]),
    ),
  );
  const rest = slices.length - shown.length;
  return [
    '',
    tables.join('\n\n'),
    `intervals of slices are not adjusted for how many there are${rest > 0 ? `; ${rest} rarer values are in --json` : ''}`,
  ].join('\n');
}
