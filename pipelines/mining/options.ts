import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../../src/core/check.ts';
import { ROW_FORMATS } from '../../src/formats/training-rows.ts';
import { checkedMining, type MiningOptions } from '../../src/miners/mining-options.ts';
import { CLUSTER_OPTIONS, SHARD_ROWS_OPTION } from '../cluster-options.ts';
import {
  checkOutFile,
  DATA_OPTIONS,
  DISTANCE_OPTION,
  INDEX_OPTION,
  marginOf,
  RELATIVE_MARGIN_OPTION,
  EF_OPTION,
} from '../options.ts';

/** Which candidates may be negatives, and which of those are taken: what `mine_hard_negatives` calls so goes by the same names. */
const FILTER_OPTIONS = {
  'num-negatives': {
    type: 'number',
    describe: 'negatives a pair is given at most',
    defaultDescription: '4, with --compat 3',
    requiresArg: true,
  },
  'range-min': {
    type: 'number',
    describe: 'nearest candidates that are passed over; with --compat nearest survivors of the other filters',
    default: 0,
    requiresArg: true,
  },
  'range-max': {
    type: 'number',
    describe: 'rank of the farthest candidate that may be a negative',
    defaultDescription:
      'none, with --compat range-min + 10 negatives + most positives, or 1 without limits of scores',
    requiresArg: true,
  },
  'max-score': { type: 'number', describe: 'most a negative may score', requiresArg: true },
  'min-score': { type: 'number', describe: 'least a negative may score', requiresArg: true },
  'absolute-margin': {
    type: 'number',
    describe:
      'how much less than its positive a negative must score; with --compat than the least of the query',
    requiresArg: true,
  },
  'relative-margin': RELATIVE_MARGIN_OPTION,
  'same-class': {
    choices: ['drop', 'keep'],
    describe: "documents of the positive's group",
    defaultDescription: 'drop, with --compat keep',
  },
  sampling: {
    choices: ['top', 'random', 'weighted'],
    describe: 'which of the candidates left: the best, any, or the likelier the more they score',
    default: 'top',
  },
  temperature: {
    type: 'number',
    describe: 'of weighted sampling, in proportion to exp(score / temperature)',
    default: 0.05,
    requiresArg: true,
  },
  budget: {
    type: 'number',
    describe: 'candidates looked at for one pair at most, where fewer leave too few',
    defaultDescription: '1024, or range-max where that is more',
    requiresArg: true,
  },
  candidates: {
    choices: ['vectors', 'words', 'both'],
    describe: 'found by their vectors, by the words of their texts (BM25+), or by both in turn',
    default: 'vectors',
  },
  'guide-corpus-vectors': {
    type: 'string',
    describe: "a .npy of another model's documents: what it finds nearer than the positive is no negative",
    requiresArg: true,
  },
  'guide-query-vectors': { type: 'string', describe: 'the same of the queries', requiresArg: true },
  'guide-margin': {
    type: 'number',
    describe: 'how much less than the positive the guide must find a negative',
    default: 0,
    requiresArg: true,
  },
  'cross-encoder': {
    type: 'string',
    describe:
      'a command that reads lines {"query": text, "document": text} and prints a score for each: they take the place of similarities',
    requiresArg: true,
  },
  'cross-encoder-batch': {
    type: 'number',
    describe: 'lines it is given at a time',
    default: 256,
    requiresArg: true,
  },
  compat: {
    choices: ['sentence-transformers'],
    describe: 'mine as its mine_hard_negatives does, where that differs',
  },
} as const;

export const MINE_OPTIONS = {
  ...DATA_OPTIONS,
  split: { ...DATA_OPTIONS.split, describe: 'which qrels/SPLIT.tsv names the pairs', default: 'train' },
  ...FILTER_OPTIONS,
  distance: DISTANCE_OPTION,
  index: {
    ...INDEX_OPTION,
    describe: `${INDEX_OPTION.describe}; for one pass over the queries the second is mostly faster`,
    default: 'exact',
  },
  ef: EF_OPTION,
  'shard-rows': SHARD_ROWS_OPTION,
  ...CLUSTER_OPTIONS,
  out: {
    type: 'string',
    describe: 'file to write the rows to; an interrupted run goes on where it was when it is started again',
    defaultDescription: 'stdout',
    requiresArg: true,
  },
  'output-format': {
    choices: ROW_FORMATS,
    describe: 'rows: ours by pair, or the columns that trainers of sentence-transformers load',
    default: 'list',
  },
  texts: { type: 'boolean', describe: 'texts in the rows, not ids', default: false },
  'output-scores': { type: 'boolean', describe: 'scores beside the rows, or for the labels', default: false },
  explain: {
    type: 'string',
    describe: 'file for what became of every candidate looked at, and why',
    requiresArg: true,
  },
  unmet: {
    type: 'string',
    describe: 'file for the pairs that have fewer negatives than asked',
    requiresArg: true,
  },
} as const;

export type MineOptions = InferredOptionTypes<typeof MINE_OPTIONS>;

/**
 * The flags as the miner's options: what needs no data.
 *
 * @throws RangeError that names the flag if one is none
 */
export function filterOf(options: MineOptions): MiningOptions & { readonly negatives: number } {
  const { compat, seed, sampling, temperature, candidates } = options;
  return {
    negatives: options['num-negatives'] ?? (compat === undefined ? 4 : 3),
    rangeMin: options['range-min'],
    rangeMax: options['range-max'],
    maxScore: options['max-score'],
    minScore: options['min-score'],
    absoluteMargin: options['absolute-margin'],
    relativeMargin: marginOf('mine', options['relative-margin']),
    guideMargin: { margin: options['guide-margin'] },
    sameClass: options['same-class'],
    budget: options.budget,
    compat,
    sampling,
    temperature,
    candidates,
    seed,
  };
}

/** What is refused before anything is read. */
export async function checkFlags(options: MineOptions): Promise<void> {
  try {
    checkedMining('mine', { ...filterOf(options), words: async () => [] });
  } catch (error) {
    // by the names that were typed
    throw error instanceof RangeError
      ? new RangeError(error.message.replaceAll(OPTION_NAMES, flagOf))
      : error;
  }
  const { explain, unmet, out } = options;
  const guides = [options['guide-corpus-vectors'], options['guide-query-vectors']];
  if (guides.filter((path) => path !== undefined).length === 1)
    refuse('mine', '--guide-corpus-vectors and --guide-query-vectors must come together', 'one of them');
  checkWhole('mine', '--cross-encoder-batch', options['cross-encoder-batch'], 1);
  checkWhole('mine', '--ef', options.ef, 1);
  for (const [flag, path] of Object.entries({ '--out': out, '--explain': explain, '--unmet': unmet }))
    await checkOutFile('mine', flag, path);
  const files = [out, explain, unmet].filter((path) => path !== undefined);
  if (files.length > 0 && out === undefined)
    refuse('mine', '--out must be given beside --explain and --unmet', 'none');
  if (new Set(files).size < files.length)
    refuse('mine', '--out, --explain and --unmet must be different files', 'the same');
}

const OPTION_NAMES =
  /\b(rangeMin|rangeMax|maxScore|minScore|absoluteMargin|relativeMargin|guideMargin\.margin|budget|temperature|negatives)\b/g;

function flagOf(name: string): string {
  if (name === 'negatives') return '--num-negatives';
  if (name === 'guideMargin.margin') return '--guide-margin';
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
