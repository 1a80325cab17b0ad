import { once } from 'node:events';
import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { Interned } from '../src/core/interned.ts';
import { readQrels, readRun } from '../src/formats/trec.ts';
import { chosen } from '../src/metrics/trec/chosen.ts';
import { gradedQueries, judgedQueries } from '../src/metrics/trec/graded.ts';
import { report } from '../src/metrics/trec/report.ts';

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
  digits: { type: 'number', describe: 'decimals of a value', defaultDescription: '4', requiresArg: true },
} as const;

/** What each of them is nothing without. */
export const EVALUATE_RUN_IMPLIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(EVALUATE_RUN_OPTIONS).map((name) => [name, 'qrels'])),
  qrels: 'run',
};

/** Refuses an option but -m that is given again, which yargs makes a list of. */
export function checkOnce(options: Readonly<Record<string, unknown>>): true {
  for (const [name, value] of Object.entries(options)) {
    if (Array.isArray(value) && name !== '_' && name !== 'measure' && name !== 'm') {
      refuse('evaluate', `--${name} must be given once`, `${value.length} times`);
    }
  }
  return true;
}

/** Prints what trec_eval 9.0.8 prints for a run. */
export async function evaluateRun(
  {
    qrels: qrelsPath,
    run: runPath,
    ...options
  }: { readonly qrels: string; readonly run: string } & Omit<
    InferredOptionTypes<typeof EVALUATE_RUN_OPTIONS>,
    'qrels' | 'run'
  >,
  signal: AbortSignal,
): Promise<void> {
  const { level = 1, most = Infinity, collection = 0, digits = 4 } = options;
  checkWhole('evaluate', '--level (-l)', level);
  if (most !== Infinity) checkWhole('evaluate', '--most (-M)', most, 1);
  checkWhole('evaluate', '--collection (-N)', collection);
  checkWhole('evaluate', '--digits', digits);
  if (digits > 30) refuse('evaluate', '--digits must be at most 30', digits);
  const measures = chosen(options.measure ?? ['official']);

  const names = { queries: new Interned(), documents: new Interned() };
  const qrels = await readQrels(qrelsPath, names);
  const run = await readRun(runPath, names);
  const judgedOnly = options['judged-only'];
  const queries = gradedQueries(qrels, run, names, { level, judgedOnly, most, collection });
  const whole = { qrels, judgedQueries: judgedQueries(qrels), tag: run.tag };
  const { complete, 'per-query': each } = options;
  for (const lines of report(queries, measures, whole, { each, complete, decimals: digits })) {
    signal.throwIfAborted();
    if (!process.stdout.write(lines)) await once(process.stdout, 'drain');
  }
}
