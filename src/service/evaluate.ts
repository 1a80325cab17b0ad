import { matrixOf, numberOf, numbersOf, tuplesOf, wordOf } from '../catalog/input.ts';
import { listsOfPairs } from '../catalog/inputs.ts';
import { type Described, type Option, optionsFrom } from '../catalog/option.ts';
import { checkEqual, refuse, refuseEntry } from '../core/check.ts';
import { hitRate } from '../metrics/hit-rate.ts';
import { mean } from '../metrics/mean.ts';
import { meanAveragePrecision } from '../metrics/mean-average-precision.ts';
import { mrr } from '../metrics/mrr.ts';
import { ndcg } from '../metrics/ndcg.ts';
import { precision } from '../metrics/precision.ts';
import { rPrecision } from '../metrics/r-precision.ts';
import { type Metric, ranked } from '../metrics/ranking.ts';
import { recall } from '../metrics/recall.ts';
import { givenIn, optionTexts } from './columns.ts';
import type { Message, NamedArray } from './message.ts';
import { neighborsOf } from './search.ts';
import type { Service } from './service.ts';

const QUERIES = matrixOf('queries', 'what neighbors are of');
const JUDGED = tuplesOf('judged', "a query's row and an id that was judged for it", 'known');
const GRADES = numbersOf('grades', 'how each was judged, above 0 relevant; by default 1');
const KNOWN = tuplesOf('known', "a query's row and an id that is left out, such as its own", 'known');
const K = numberOf('k', 'how deep rankings are; by default the greatest cut, or 1000');
const EF = numberOf('ef', 'candidates a graph search keeps');
const EXACT = wordOf('exact', 'every row is looked at, whatever the index');

export const EVALUATE_INPUTS = [QUERIES, JUDGED, GRADES, KNOWN, K, EF, EXACT];

/** A metric by its name, and what it is cut at. */
interface Measured {
  readonly name: string;
  readonly cut?: number;
  readonly metric: Metric;
}

/** Undefined where a cut is missing, or one too many. */
const METRICS: ReadonlyMap<string, (cut?: number) => Metric | undefined> = new Map([
  ['ndcg', ndcg],
  ['mrr', mrr],
  ['map', (cut?: number) => meanAveragePrecision({ k: cut })],
  ['recall', atCut(recall)],
  ['precision', atCut(precision)],
  ['hitRate', atCut(hitRate)],
  ['rPrecision', (cut?: number) => (cut === undefined ? rPrecision() : undefined)],
]);

const METRIC_LIST: Option<readonly Measured[]> = {
  kind: 'ndcg, recall, precision, hitRate, mrr, map or rPrecision, each @K, but the last and where the whole depth is meant, commas between',
  byDefault: 'ndcg@10,recall@100,mrr@10',
  read(text) {
    const found = text.split(',').map(measured);
    const known = found.filter((each) => each !== undefined);
    return known.length === found.length ? known : undefined;
  },
};

interface EvaluateOptions {
  readonly metrics: readonly Measured[];
}

export const EVALUATE_OPTIONS: Described<EvaluateOptions> = { metrics: METRIC_LIST };

/**
 * Grades what the index finds for some queries by judgments: `means` over the queries, and an array of the values of each query under
 * each metric's name. A query without a relevant document counts as 0, as trec_eval counts it.
 */
export async function evaluate(service: Service, request: Message, signal?: AbortSignal): Promise<Message> {
  const { need, find } = givenIn('evaluate', EVALUATE_INPUTS, request);
  const { metrics = METRIC_LIST.read(METRIC_LIST.byDefault ?? '') ?? [] } = optionsFrom(
    'evaluate',
    EVALUATE_OPTIONS,
    optionTexts('evaluate', request),
  );
  const [queries, known] = [need(QUERIES), find(KNOWN)];
  const judgments = judgmentsOf(need(JUDGED), find(GRADES), queries.rows);
  const depth = Math.max(...metrics.map(({ cut = 1000 }) => cut));
  const k = find(K) ?? Math.min(depth, service.limits.k);
  for (const { name, cut = 0 } of metrics)
    if (cut > k) refuse('evaluate', `k must be at least the cut of ${name}`, k);
  const perQuery = known && listsOfPairs('evaluate', 'known', known, queries.rows);
  const found = await neighborsOf('evaluate', service, queries, k, signal, {
    exclude: { perQuery },
    ef: find(EF),
    exact: find(EXACT),
  });
  const ranking = ranked(found, judgments);
  const means: Record<string, number> = {};
  const arrays = new Map<string, NamedArray>();
  for (const { name, metric } of metrics) {
    const values = metric(ranking);
    means[name] = mean(values);
    arrays.set(name, { shape: [values.length], data: Float32Array.from(values) });
  }
  return { header: { means, k }, arrays };
}

function atCut(metric: (cut: number) => Metric) {
  return (cut?: number): Metric | undefined => (cut === undefined ? undefined : metric(cut));
}

function measured(text: string): Measured | undefined {
  const [, name, digits] = /^(\w+?)(?:@([1-9]\d{0,8}))?$/.exec(text) ?? [];
  const cut = digits === undefined ? undefined : Number(digits);
  const metric = METRICS.get(name)?.(cut);
  return metric && { name: text, cut, metric };
}

function judgmentsOf(judged: Uint32Array, grades: Float32Array | undefined, queries: number) {
  const pairs = judged.length / 2;
  if (grades !== undefined) checkEqual('evaluate', 'grades.length', grades.length, pairs);
  const of = Array.from({ length: queries }, () => new Map<number, number>());
  for (let j = 0; j < pairs; j++) {
    const [query, id] = [judged[2 * j], judged[2 * j + 1]];
    if (query >= queries)
      refuse('evaluate', `judged row ${j} must begin with a row in [0, ${queries})`, query);
    if (of[query].has(id)) refuse('evaluate', `judged row ${j} must be judged once`, `id ${id} twice`);
    const grade = grades === undefined ? 1 : grades[j];
    if (!Number.isFinite(grade))
      refuseEntry('evaluate', 'grades', 'finite', { data: [grade], cols: 1 }, 0, j);
    of[query].set(id, grade);
  }
  return of;
}
