import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Interned } from '../../../src/core/interned.ts';
import { readQrels, readRun } from '../../../src/formats/trec.ts';
import { chosen } from '../../../src/metrics/trec/chosen.ts';
import type { Definitions } from '../../../src/metrics/trec/definitions.ts';
import { type GradeOptions, gradedQueries, judgedQueries } from '../../../src/metrics/trec/graded.ts';
import { report, type ReportOptions } from '../../../src/metrics/trec/report.ts';

export const FIXTURES = fileURLToPath(new URL('../../fixtures/trec', import.meta.url));

/** What the real program printed. */
export function trecPrinted(name: string, output: string): string {
  return gunzipSync(readFileSync(`${FIXTURES}/${name}/${output}.txt.gz`)).toString();
}

/** What nearmiss prints of two files. */
export async function printedOf(
  qrelsPath: string,
  runPath: string,
  measures: readonly string[],
  options: GradeOptions & ReportOptions,
  definitions?: Definitions,
): Promise<string> {
  const names = new Interned();
  const qrels = await readQrels(qrelsPath, names);
  const run = await readRun(runPath, names, definitions);
  const grading = {
    ...options,
    ...definitions,
    missing: (options.complete ?? false) && definitions?.missing,
  };
  const queries = gradedQueries(qrels, run, names, grading);
  const whole = { qrels, judgedQueries: judgedQueries(qrels, names, grading).length, tag: run.tag };
  return [...report(queries, chosen(measures, definitions), whole, options)].join('');
}

export function fixturePrinted(
  name: string,
  measures: readonly string[],
  options: GradeOptions & ReportOptions,
  definitions?: Definitions,
): Promise<string> {
  const [qrels, run] = [`${FIXTURES}/${name}/qrels.txt`, `${FIXTURES}/${name}/run.txt`];
  return printedOf(qrels, run, measures, options, definitions);
}
