import { once } from 'node:events';
import { checkWhole, refuse } from '../src/core/check.ts';
import { Interned } from '../src/core/interned.ts';
import { readQrels, readRun } from '../src/formats/trec.ts';
import { chosen } from '../src/metrics/trec/chosen.ts';
import { gradedQueries, judgedQueries } from '../src/metrics/trec/graded.ts';
import { report } from '../src/metrics/trec/report.ts';
import type { EvaluateRunOptions } from './evaluate-run-options.ts';

/** Prints what trec_eval 9.0.8 prints for a run. */
export async function evaluateRun(
  { qrels: qrelsPath, run: runPath, ...options }: EvaluateRunOptions,
  signal: AbortSignal,
): Promise<void> {
  const { level = 1, most = Infinity, collection = 0, digits = 4 } = options;
  checkWhole('evaluate', '--level (-l)', level);
  if (most !== Infinity) checkWhole('evaluate', '--most (-M)', most, 1);
  checkWhole('evaluate', '--collection (-N)', collection);
  checkWhole('evaluate', '--digits', digits);
  if (digits > 30) refuse('evaluate', '--digits must be at most 30', digits);
  const measures = chosen(options.measure ?? ['official']);

  const names = new Interned();
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
