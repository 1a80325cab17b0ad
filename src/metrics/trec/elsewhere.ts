/**
 * Systems that give a number of this name, or this number another name, and what theirs is.
 *
 * As read in trec_eval 10.0-rc3, ranx 2cae52f, BEIR ef83d29, sentence-transformers cad2119 and pytorch-metric-learning 216a792.
 */
export const ELSEWHERE: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map<
  string,
  Readonly<Record<string, string>>
>([
  ['num_q', { 'trec_eval 10': 'with -c also prints the queries that are missing in the run' }],
  [
    'map',
    {
      ranx: 'map, the same',
      'sentence-transformers': 'MAP@100, the sum over min(k, R)',
      'pytorch-metric-learning': 'mean_average_precision_at_r, the sum over the first R alone, over R',
    },
  ],
  [
    'map_cut',
    {
      ranx: 'map@k, over R too',
      'sentence-transformers': 'MAP@k, over min(k, R)',
      BEIR: 'MAP@k, the same',
    },
  ],
  [
    'Rprec',
    { ranx: 'r_precision, the same', 'pytorch-metric-learning': 'r_precision, without the query itself' },
  ],
  ['bpref', { ranx: 'bpref, where a judgment below 0 makes a document nonrelevant' }],
  [
    'recip_rank',
    {
      ranx: 'mrr@k',
      'sentence-transformers': 'MRR@10',
      BEIR: 'MRR@k, its mean over all queries of the qrels, in the run or not',
    },
  ],
  [
    'iprec_at_recall',
    { 'trec_eval 10': 'the share of R is rounded to the nearest, not trunc(share R + 0.9)' },
  ],
  ['11pt_avg', { 'trec_eval 10': 'as iprec_at_recall there' }],
  [
    'recall',
    {
      'pytorch-metric-learning': 'papers of metric learning call success "Recall@k"',
      'sentence-transformers': 'Recall@k, the same; queries without a relevant document are dropped',
    },
  ],
  [
    'success',
    {
      'sentence-transformers': 'Accuracy@k, the same',
      'pytorch-metric-learning': 'papers of metric learning call it "Recall@k"',
      ranx: 'hit_rate@k, the same',
    },
  ],
  [
    'unjudged',
    {
      'trec_eval 10': 'unj, the same',
      BEIR: 'Hole@k, where a document is unjudged if no query has a judgment of it',
    },
  ],
  ['relative_P', { BEIR: 'R_cap@k, which divides by 0 where there is no relevant document' }],
  [
    'ndcg',
    {
      ranx: 'ndcg has the same gains but drops grades below the level; ndcg_burges has gains of 2^grade - 1',
      'trec_eval 10': 'the same; with 9 it takes given gains that are less than 1 apart for equal',
    },
  ],
  [
    'ndcg_cut',
    {
      ranx: 'ndcg@k has the same gains but drops grades below the level; ndcg_burges@k has gains of 2^grade - 1',
      'sentence-transformers': 'NDCG@k has gains of 0 and 1, whatever the grades',
      BEIR: 'NDCG@k, the same',
    },
  ],
]);

/** What --compat computes otherwise than trec_eval 9, and what it does not. */
export const COMPUTED: Readonly<Record<string, string>> = {
  trec_eval10:
    'float64 scores, iprec_at_recall and 11pt_avg, unj in all_trec, and with -c the lines of missing queries; not rbp and rbp_resid, and a run query without judgments is passed over, where it stops',
  ranx: 'float64 scores; ndcg and ndcg_cut of grades from the level on, bpref; equal scores go as here',
  beir: 'recip_rank.k is MRR@k; equal scores go as here, and a document of the name of its query counts',
  'sentence-transformers':
    'float64 scores, equal ones by name ascending; queries without a relevant document dropped; ndcg_cut of gains 0 and 1, map_cut over min(k, R), map.k and recip_rank.k cut at 100 and 10',
  'pytorch-metric-learning': 'map is MAP@R; queries without a relevant document dropped',
};

/** What differs for every measure that looks at ranks. */
export const TIES: Readonly<Record<string, string>> = {
  'trec_eval 9': 'scores are float32; equal ones go by name, descending by bytes (here too)',
  'trec_eval 10': 'scores are float64',
  'sentence-transformers': 'equal scores go by name, ascending',
  ranx: 'the order of equal scores is not specified',
};
