import { checkOneOf, checkWhole } from '../../core/check.ts';
import { Interned } from '../../core/interned.ts';
import { type QueryScores, readQrels, readRun } from '../../formats/trec.ts';
import { chosen } from './chosen.ts';
import { DEFINITIONS } from './definitions.ts';
import { gradedQueries, judgedQueries, without } from './graded.ts';
import { Tally } from './tally.ts';

export interface GradeRunOptions {
  /** as trec_eval takes them: `map`, `ndcg_cut.5,10`, `all_trec`, … @default ['official'] */
  readonly measures?: readonly string[];
  /** the least grade that makes a document relevant. @default 1 */
  readonly level?: number;
  /** queries that have judgments and no ranking count in the means too, as 0. @default false */
  readonly complete?: boolean;
  /** take documents without a judgment out of the run first. @default false */
  readonly judgedOnly?: boolean;
  /** documents of the run that count for each query. @default all */
  readonly most?: number;
  /** documents in the collection, for utility alone. @default 0 */
  readonly collection?: number;
  /** compute what another system means by these names. @default trec_eval 9 */
  readonly compat?: 'trec_eval10' | 'ranx' | 'beir' | 'sentence-transformers' | 'pytorch-metric-learning';
}

/** A run, graded. Figures go by the names that trec_eval prints: `ndcg_cut_10`. */
export interface RunGrades {
  /** the queries that have both judgments and a ranking, by the bytes of their names */
  readonly queries: readonly string[];
  /** a value for each of the queries */
  readonly perQuery: ReadonlyMap<string, Float64Array>;
  /** of all queries: the mean, or what trec_eval has in its place, such as a sum of counts */
  readonly overall: ReadonlyMap<string, number>;
  /** queries that have judgments and are not in the run: means go over them too only where `complete` says so */
  readonly missing: readonly string[];
}

/**
 * Grades a run as trec_eval 9.0.8 does, to the last bit that it prints.
 *
 * Judgments and run are files (TREC, BEIR or JSON, plain or gzip), or maps of maps: query, document, grade or score. Documents are
 * ranked by score as float32, the greater first, ties to the name that is greater by bytes. NaN stands where trec_eval prints -nan.
 * Measures that are texts (runid, relstring) are left out.
 *
 * @throws RangeError if a file is something else, a query has a document twice, a measure is unknown or no query is judged
 * @see https://github.com/usnistgov/trec_eval, and `nearmiss metrics` for the definitions
 */
export async function gradeRun(
  qrels: string | QueryScores,
  run: string | QueryScores,
  { measures = ['official'], complete = false, compat, ...options }: GradeRunOptions = {},
): Promise<RunGrades> {
  const { level = 1, most = Infinity, collection = 0 } = options;
  checkWhole('gradeRun', 'level', level);
  if (most !== Infinity) checkWhole('gradeRun', 'most', most, 1);
  checkWhole('gradeRun', 'collection', collection);
  if (compat !== undefined) checkOneOf('gradeRun', 'compat', compat, [...DEFINITIONS.keys()]);
  const definitions = compat === undefined ? undefined : DEFINITIONS.get(compat);
  const columns = chosen(measures, definitions).filter(
    ({ as, measure }) => as !== 'text' && measure.overall !== 'tag',
  );

  const names = new Interned();
  const judgments = await readQrels(qrels, names);
  const ranked = await readRun(run, names, definitions);
  const grading = { ...options, ...definitions, missing: complete && definitions?.missing };
  const judged = judgedQueries(judgments, names, grading);
  const whole = { qrels: judgments, judgedQueries: judged.length, tag: ranked.tag };
  const tally = new Tally(columns, whole, complete);
  const queries: string[] = [];
  const values = columns.map(({ labels }) => labels.map((): number[] => []));
  for (const query of gradedQueries(judgments, ranked, names, grading)) {
    queries.push(query.query);
    columns.forEach(({ labels }, m) =>
      labels.forEach((_, i) => values[m][i].push(Number(tally.add(query, m, i)))),
    );
    tally.next();
  }
  const perQuery = new Map<string, Float64Array>();
  const overall = new Map<string, number>();
  columns.forEach(({ measure, labels }, m) =>
    labels.forEach((label, i) => {
      if (measure.each) perQuery.set(label, Float64Array.from(values[m][i]));
      overall.set(label, Number(tally.ofAll(m, i)));
    }),
  );
  return { queries, perQuery, overall, missing: without(judged, ranked).map((q) => names.name(q)) };
}
