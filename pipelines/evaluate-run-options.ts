import type { InferredOptionTypes } from 'yargs';

/** trec_eval's own letters. */
export const EVALUATE_RUN_OPTIONS = {
  qrels: {
    type: 'string',
    describe:
      'grade a run as trec_eval 9.0.8 does, by these judgments: TREC, BEIR .tsv or JSON, plain or gzip',
    requiresArg: true,
  },
  run: { type: 'string', describe: 'the run: TREC or JSON, plain or gzip', requiresArg: true },
  measure: {
    alias: 'm',
    type: 'string',
    array: true,
    describe: 'all_trec, official, set, a measure, or one with its parameters: ndcg_cut.5,10; again for more',
    defaultDescription: 'official',
    requiresArg: true,
  },
  'per-query': { alias: 'q', type: 'boolean', describe: 'print the values of each query too' },
  complete: {
    alias: 'c',
    type: 'boolean',
    describe: 'queries that have judgments and are not in the run count too, as 0',
  },
  level: {
    alias: 'l',
    type: 'number',
    describe: 'the least grade that makes a document relevant',
    defaultDescription: '1',
    requiresArg: true,
  },
  'judged-only': {
    alias: 'J',
    type: 'boolean',
    describe: 'take documents without a judgment out of the run first',
  },
  most: {
    alias: 'M',
    type: 'number',
    describe: 'documents of the run that count for each query',
    defaultDescription: 'all',
    requiresArg: true,
  },
  collection: {
    alias: 'N',
    type: 'number',
    describe: 'documents in the collection, for utility',
    defaultDescription: '0',
    requiresArg: true,
  },
  compat: {
    type: 'string',
    describe:
      'compute what another system means by these names (see `nearmiss metrics`): trec_eval10, ranx, beir, sentence-transformers or pytorch-metric-learning',
    requiresArg: true,
  },
  digits: { type: 'number', describe: 'decimals of a value', defaultDescription: '4', requiresArg: true },
} as const;

/** What grades a run: the two files, and the options that are given. */
export type EvaluateRunOptions = Partial<InferredOptionTypes<typeof EVALUATE_RUN_OPTIONS>> & {
  readonly qrels: string;
  readonly run: string;
};
