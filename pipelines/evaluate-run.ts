import { once } from 'node:events';
import { checkWhole, refuse } from '../src/core/check.ts';
import { Interned } from '../src/core/interned.ts';
import { readQrels, readRun } from '../src/formats/trec.ts';
import { chosen } from '../src/metrics/trec/chosen.ts';
import { DEFINITIONS } from '../src/metrics/trec/definitions.ts';
import { gradedQueries, judgedQueries, without } from '../src/metrics/trec/graded.ts';
import { report } from '../src/metrics/trec/report.ts';
import type { EvaluateRunOptions } from './evaluate-run-options.ts';

/** Characters that are written at a time, at least. */
const PIECE = 1 << 16;

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
  const { compat, complete, 'per-query': each } = options;
  const definitions = compat === undefined ? undefined : DEFINITIONS.get(compat);
  if (compat !== undefined && definitions === undefined) {
    refuse('evaluate', `--compat must be one of ${[...DEFINITIONS.keys()].join(', ')}`, compat);
  }
  const measures = chosen(options.measure ?? ['official'], definitions);

  const names = new Interned();
  const qrels = await readQrels(qrelsPath, names);
  const run = await readRun(runPath, names, definitions);
  const grading = {
    level,
    judgedOnly: options['judged-only'],
    most,
    collection,
    ...definitions,
    missing: complete && definitions?.missing,
  };
  const judged = judgedQueries(qrels, names, grading);
  const queries = gradedQueries(qrels, run, names, grading);
  const whole = { qrels, judgedQueries: judged.length, tag: run.tag };
  let text = '';
  for (const lines of report(queries, measures, whole, { each, complete, decimals: digits })) {
    signal.throwIfAborted();
    text += lines;
    if (text.length < PIECE) continue;
    await print(text);
    text = '';
  }
  await print(text);
  const missing = without(judged, run).length;
  if (missing > 0) console.error(denominators(judged.length, missing, complete));
}

async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Over how many queries the means go, and over how many they could. */
function denominators(judged: number, missing: number, complete = false): string {
  const found = judged - missing;
  return `evaluate: ${missing} of ${judged} judged queries are not in the run: ${
    complete
      ? `they count as 0, so that means go over ${judged} (over ${found} without -c)`
      : `means go over ${found} (with -c over ${judged}, where these count as 0)`
  }`;
}
