import { CLUSTER_OPTIONS, SHARD_ROWS_OPTION } from './cluster-options.ts';
import { EVALUATE_RUN_OPTIONS } from './evaluate-run-options.ts';
import { DATA_OPTIONS, DISTANCE_OPTION, EF_OPTION } from './options.ts';
import { AGAINST_OPTION, REPORT_OPTION } from './reporting/options.ts';

/** None has a default that yargs knows of: each is refused beside --qrels, so it must show whether it was given. */
export const EVALUATE_OPTIONS = {
  ...DATA_OPTIONS,
  data: { ...DATA_OPTIONS.data, default: undefined },
  split: { ...DATA_OPTIONS.split, default: undefined, defaultDescription: DATA_OPTIONS.split.default },
  seed: { ...DATA_OPTIONS.seed, default: undefined, defaultDescription: String(DATA_OPTIONS.seed.default) },
  json: { ...DATA_OPTIONS.json, default: undefined },
  distance: { ...DISTANCE_OPTION, default: undefined, defaultDescription: DISTANCE_OPTION.default },
  depth: {
    type: 'number',
    describe:
      'documents ranked for each query; MRR goes over these, and a figure at a greater cut sees no more',
    defaultDescription: '1000, or a smaller corpus',
    requiresArg: true,
  },
  'near-duplicates': {
    type: 'boolean',
    describe:
      'look for near-duplicates of the train split too, as `nearmiss leaks` does, and not for shared ids alone',
  },
  report: REPORT_OPTION,
  against: AGAINST_OPTION,
  chunk: {
    type: 'number',
    describe: 'rows of the corpus in memory at a time, twice over; no figure depends on it',
    defaultDescription: 'as many as take 8 MiB',
    requiresArg: true,
  },
  'write-run': {
    type: 'string',
    describe:
      'file to write the exact ranking by the stored vectors to as a TREC run, gzip where it is named .gz',
    requiresArg: true,
  },
  dims: {
    type: 'string',
    describe: 'also rank by the first so many numbers of each vector, made unit: 64,128,256',
    requiresArg: true,
  },
  precision: {
    type: 'string',
    describe:
      'also rank by shorter numbers: int8 (255 steps between the ends of each column of the corpus) or binary (the sign), commas between',
    requiresArg: true,
  },
  rescore: {
    type: 'number',
    describe: 'of --dims and --precision: candidates that are ranked again by the stored vectors',
    requiresArg: true,
  },
  words: {
    type: 'boolean',
    describe: 'also rank by the words of the texts (BM25+), and by both rankings (reciprocal rank fusion)',
  },
  index: {
    choices: ['exact', 'hnsw'],
    describe: 'with hnsw also rank through a graph, and say how many of the true nearest it finds',
    defaultDescription: 'exact',
  },
  ef: { ...EF_OPTION, default: undefined, defaultDescription: String(EF_OPTION.default) },
  'shard-rows': {
    ...SHARD_ROWS_OPTION,
    default: undefined,
    defaultDescription: String(SHARD_ROWS_OPTION.default),
  },
  ...CLUSTER_OPTIONS,
} as const;

/** What each of them is nothing without. */
export const EVALUATE_RUN_IMPLIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(EVALUATE_RUN_OPTIONS).map((name) => [name, 'qrels'])),
  qrels: 'run',
  against: 'report',
};
