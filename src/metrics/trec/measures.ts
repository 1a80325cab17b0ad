import {
  averagePrecision,
  binaryPreference,
  inferredAveragePrecision,
  interpolatedPrecision,
  meanInterpolatedPrecision,
  smoothedAveragePrecision,
} from './average-precision.ts';
import {
  binaryG,
  gainAtLevels,
  gainAtRelevant,
  normalizedG,
  normalizedGain,
  normalizedGainAt,
} from './gain.ts';
import { countFrom, type Graded, NOT_JUDGED } from './graded.ts';
import {
  atCutoffs,
  atShares,
  count,
  geometric,
  type Measure,
  ofGains,
  parametric,
  single,
  string,
  summary,
} from './measure.ts';
import {
  precisionAt,
  precisionAtMultiple,
  recallAt,
  reciprocalRank,
  relativePrecisionAt,
  rPrecision,
  setAveragePrecision,
  setF,
  setPrecision,
  setRecall,
  setRelativePrecision,
  successAt,
  unjudgedAt,
} from './precision.ts';

export const CUTOFFS = [5, 10, 15, 20, 30, 100, 200, 500, 1000];
export const ELEVEN = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const MULTIPLES = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2];

/**
 * The measures of trec_eval 9.0.8 that are of qrels, in the order it prints them, and one of ours. R is the number of relevant documents.
 */
export const MEASURES: readonly Measure[] = [
  summary('runid', 'What the run calls itself: the last field of its last line.', 'tag'),
  summary('num_q', 'Queries with both judgments and a ranking; with -c, queries with judgments.', 'queries'),
  count('num_ret', 'Documents retrieved.', ({ retrieved }) => retrieved),
  count(
    'num_rel',
    'R: documents whose grade is at least the level (-l).',
    ({ relevant }) => relevant,
    'relevant documents',
  ),
  count('num_rel_ret', 'Relevant documents retrieved.', ({ ranks }) => ranks.length),
  single(
    'map',
    'Average precision: the precision at the rank of each relevant document retrieved, summed, over R.',
    (query) => averagePrecision(query),
  ),
  geometric('gm_map', 'The geometric mean of map, each at least 1e-5.', (query) => averagePrecision(query)),
  single('Rprec', 'Precision at rank R.', rPrecision),
  single(
    'bpref',
    'For each relevant document retrieved, one less the share of the top R judged nonrelevant documents that stand above it; summed, over R.',
    binaryPreference,
  ),
  single('recip_rank', 'One over the rank of the first relevant document; no cutoff but -M.', reciprocalRank),
  atShares(
    'iprec_at_recall',
    ELEVEN,
    'The greatest precision at or below the rank where that share of R, trunc(share R + 0.9) documents, has been found; 0 if it never is.',
    interpolatedPrecision,
  ),
  atCutoffs(
    'P',
    CUTOFFS,
    'Relevant documents among the first k, over k, however few were retrieved.',
    precisionAt,
  ),
  string(
    'relstring',
    10,
    'The grades of the first documents, a character each: > above 9, - not pooled, . pooled but not judged.',
    relevanceString,
  ),
  atCutoffs('recall', CUTOFFS, 'Relevant documents among the first k, over R.', recallAt),
  single(
    'infAP',
    'Inferred average precision: a precision is estimated from the judged documents above, those pooled but not judged being as they are.',
    inferredAveragePrecision,
  ),
  geometric('gm_bpref', 'The geometric mean of bpref, each at least 1e-5.', binaryPreference),
  atShares(
    'Rprec_mult',
    MULTIPLES,
    'Precision at rank trunc(x R + 0.9), a multiple x of R.',
    precisionAtMultiple,
  ),
  parametric(
    'utility',
    [1, -1, 0, 0],
    'p1 a + p2 b + p3 c + p4 d: a relevant and b other documents retrieved, c relevant and d others not; d needs -N.',
    utility,
  ),
  parametric(
    '11pt_avg',
    ELEVEN,
    'The mean of iprec_at_recall at the 11 points, or those given.',
    meanInterpolatedPrecision,
    true,
  ),
  single(
    'binG',
    'Each relevant document retrieved counts 1 / log2(2 + nonrelevant documents above it); summed, over R.',
    binaryG,
  ),
  ofGains(
    'G',
    'Each gain counts over log2(2 + the best gains, at least 1 a rank, less those found, so far); summed, over the sum of all gains.',
    normalizedG,
  ),
  ofGains(
    'ndcg',
    'Gains over log2(rank + 1), summed over the whole list, over the same sum of the best order of all judged documents; a gain is the grade, whatever the level.',
    normalizedGain,
  ),
  ofGains(
    'ndcg_rel',
    'The nDCG at the rank of each document with a gain, and at the end for each that was not retrieved, averaged.',
    gainAtRelevant,
  ),
  ofGains(
    'Rndcg',
    'The nDCG at each rank where the best order goes over to a lesser gain, and at the end of a longer list, averaged.',
    gainAtLevels,
  ),
  atCutoffs(
    'ndcg_cut',
    CUTOFFS,
    'Grades over log2(rank + 1), summed over the first k, over the same sum of the best order cut at k, whatever the level.',
    normalizedGainAt,
  ),
  atCutoffs('map_cut', CUTOFFS, 'Average precision over the first k, the sum still over R.', (query, k) =>
    averagePrecision(query, k),
  ),
  atCutoffs(
    'relative_P',
    CUTOFFS,
    'Relevant documents among the first k, over as many as could be there: min(k, R).',
    relativePrecisionAt,
  ),
  atCutoffs('success', [1, 5, 10], '1 if a relevant document is among the first k, else 0.', successAt),
  single('set_P', 'Relevant documents retrieved, over documents retrieved.', setPrecision),
  single(
    'set_relative_P',
    'Relevant documents retrieved, over as many as could be: min(retrieved, R).',
    setRelativePrecision,
  ),
  single('set_recall', 'Relevant documents retrieved, over R.', setRecall),
  single(
    'set_map',
    'set_P times set_recall: relevant documents retrieved squared, over documents retrieved times R.',
    setAveragePrecision,
  ),
  parametric(
    'set_F',
    [1],
    '(x + 1) P R / (x P + R) of set_P and set_recall, x being the weight of recall.',
    setF,
  ),
  count(
    'num_nonrel_judged_ret',
    'Judged nonrelevant documents retrieved.',
    ({ grades, ranks }) => countFrom(grades, 0) - ranks.length,
  ),
  single(
    'yaap',
    'log((1 + s) / (1 + R - s)), s being the sum of the precisions that map averages.',
    smoothedAveragePrecision,
  ),
  unjudged('unjudged'),
];

/** By the name that is given, since trec_eval 10 has another. */
export function unjudged(name: string): Measure {
  return atCutoffs(
    name,
    [5, 10, 20],
    'Documents among the first k that have no judgment, or one below 0, over k: how little the other figures know of them.',
    unjudgedAt,
  );
}

const OFFICIAL = [
  'runid',
  'num_q',
  'num_ret',
  'num_rel',
  'num_rel_ret',
  'map',
  'gm_map',
  'Rprec',
  'bpref',
  'recip_rank',
  'iprec_at_recall',
  'P',
];

const SET = [
  'runid',
  'num_q',
  'num_ret',
  'num_rel',
  'num_rel_ret',
  'utility',
  'set_P',
  'set_recall',
  'set_relative_P',
  'set_map',
  'set_F',
];

/** Names that stand for several measures. */
export const NICKNAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['official', OFFICIAL],
  ['set', SET],
  ['all_trec', MEASURES.map(({ name }) => name).filter((name) => name !== 'yaap' && name !== 'unjudged')],
]);

function relevanceString({ retrieved, pooled, grades }: Graded, length: number): string {
  const characters = Array.from({ length: Math.min(length, retrieved) }, () => '-');
  for (let i = 0; i < pooled.length && pooled[i] <= length; i++) {
    characters[pooled[i] - 1] = grades[i] === NOT_JUDGED ? '.' : grades[i] > 9 ? '>' : String(grades[i]);
  }
  return `'${characters.join('')}'`;
}

function utility(
  { ranks, retrieved, relevant, collection }: Graded,
  [p1, p2, p3, p4]: readonly number[],
): number {
  const found = ranks.length;
  const others = collection + found - retrieved - relevant;
  return p1 * found + p2 * (retrieved - found) + p3 * (relevant - found) + p4 * others;
}
