import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Interned } from '../../../src/core/interned.ts';
import { readQrels, readRun } from '../../../src/formats/trec.ts';
import { chosen } from '../../../src/metrics/trec/chosen.ts';
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
): Promise<string> {
  const names = new Interned();
  const qrels = await readQrels(qrelsPath, names);
  const run = await readRun(runPath, names);
  const queries = gradedQueries(qrels, run, names, options);
  const whole = { qrels, judgedQueries: judgedQueries(qrels), tag: run.tag };
  return [...report(queries, chosen(measures), whole, options)].join('');
}

export function fixturePrinted(
  name: string,
  measures: readonly string[],
  options: GradeOptions & ReportOptions,
): Promise<string> {
  return printedOf(`${FIXTURES}/${name}/qrels.txt`, `${FIXTURES}/${name}/run.txt`, measures, options);
}
