import { averagePrecision, binaryPreference, greatestPrecision } from './average-precision.ts';
import { normalizedGain, normalizedGainAt } from './gain.ts';
import type { Graded } from './graded.ts';
import { atCutoffs, atShares, type Measure, ofGains, parametric, single } from './measure.ts';
import { CUTOFFS, ELEVEN, unjudged } from './measures.ts';
import { share } from './precision.ts';

/** What another system means by the names of trec_eval, where it is not what trec_eval 9 means. */
export interface Definitions {
  /** under the names of trec_eval 9 */
  readonly measures: readonly Measure[];
  /** measures that it has beside, in all_trec too. @default none */
  readonly more?: readonly Measure[];
  /** scores are compared as float64, where trec_eval 9 has float32. @default false */
  readonly float64?: boolean;
  /** of equal scores the name that is less by bytes stands first, not the greater. @default false */
  readonly ascending?: boolean;
  /** a query without a relevant document does not count. @default false */
  readonly answerable?: boolean;
  /** with -c a query that is not in the run is graded, as one of an empty ranking. @default false */
  readonly missing?: boolean;
}

/** trec_eval 10 makes a number of documents of a share of R by rounding, and the precision of an empty ranking is 0 there. */
function roundedPrecision(query: Graded, portion: number): number {
  return query.retrieved === 0 ? 0 : greatestPrecision(query, Math.round(portion * query.relevant));
}

const TREC_EVAL_10: Definitions = {
  float64: true,
  missing: true,
  measures: [
    atShares(
      'iprec_at_recall',
      ELEVEN,
      'As in trec_eval 9, where the share of R is rounded to the nearest number of documents.',
      roundedPrecision,
    ),
    parametric(
      '11pt_avg',
      ELEVEN,
      'The mean of these.',
      (query, portions) =>
        portions.reduce((sum, portion) => sum + roundedPrecision(query, portion), 0) / portions.length,
      true,
    ),
  ],
  more: [unjudged('unj')],
};

/** Grades below the level are 0, as if these documents were not relevant at all. */
function fromLevel(query: Graded): Graded {
  return regraded(query, (grade) => (grade >= query.level ? grade : Math.min(grade, 0)));
}

/** 1 for what is relevant and 0 for the rest. */
function binary(query: Graded): Graded {
  return regraded(query, (grade) => (grade >= query.level ? 1 : Math.min(grade, 0)));
}

function regraded(query: Graded, grade: (grade: number) => number): Graded {
  return { ...query, grades: query.grades.map(grade), judged: query.judged.map(grade) };
}

const RANX: Definitions = {
  float64: true,
  measures: [
    ofGains('ndcg', 'As in trec_eval, of grades from the level (-l) on alone.', (query, gain) =>
      normalizedGain(fromLevel(query), gain),
    ),
    atCutoffs('ndcg_cut', CUTOFFS, 'As in trec_eval, of grades from the level (-l) on alone.', (query, k) =>
      normalizedGainAt(fromLevel(query), k),
    ),
    single('bpref', 'As in trec_eval, where a judgment below 0 makes a document nonrelevant.', (query) =>
      binaryPreference({
        ...query,
        grades: query.grades.map((grade) => Math.max(grade, 0)),
        judged: Int32Array.from(
          { length: query.judged.length + query.notJudged },
          (_, i) => query.judged[i] ?? 0,
        ),
      }),
    ),
  ],
};

function reciprocalRankAt({ ranks }: Graded, k: number): number {
  return ranks.length > 0 && ranks[0] <= k ? 1 / ranks[0] : 0;
}

const BEIR: Definitions = {
  measures: [
    atCutoffs(
      'recip_rank',
      [1, 3, 5, 10, 100, 1000],
      'MRR@k: one over the rank of the first relevant document among the first k; its mean goes over all queries of the qrels.',
      reciprocalRankAt,
      'mean over judged queries',
    ),
  ],
};

/** Average precision over the first k, over as many relevant documents as could be there. */
function reachableAveragePrecision(query: Graded, k: number): number {
  return share(averagePrecision(query, k) * query.relevant, Math.min(k, query.relevant));
}

const MAP_AT_K = 'Average precision over the first k, the sum over min(k, R).';

const SENTENCE_TRANSFORMERS: Definitions = {
  float64: true,
  ascending: true,
  answerable: true,
  measures: [
    atCutoffs('map', [100], MAP_AT_K, reachableAveragePrecision),
    atCutoffs('map_cut', CUTOFFS, MAP_AT_K, reachableAveragePrecision),
    atCutoffs(
      'recip_rank',
      [10],
      'One over the rank of the first relevant document among the first k.',
      reciprocalRankAt,
    ),
    atCutoffs('ndcg_cut', CUTOFFS, 'As in trec_eval, of gains that are 0 or 1.', (query, k) =>
      normalizedGainAt(binary(query), k),
    ),
  ],
};

const PYTORCH_METRIC_LEARNING: Definitions = {
  answerable: true,
  measures: [
    single('map', 'MAP@R: average precision over the first R, over R.', (query) =>
      averagePrecision(query, query.relevant),
    ),
  ],
};

/** By the name that --compat takes. */
export const DEFINITIONS: ReadonlyMap<string, Definitions> = new Map([
  ['trec_eval10', TREC_EVAL_10],
  ['ranx', RANX],
  ['beir', BEIR],
  ['sentence-transformers', SENTENCE_TRANSFORMERS],
  ['pytorch-metric-learning', PYTORCH_METRIC_LEARNING],
]);
