import type { Chosen } from './chosen.ts';
import type { Graded } from './graded.ts';
import { printer } from './printed.ts';
import { Tally, type Whole } from './tally.ts';

export interface ReportOptions {
  /** a line for each query and measure too. @default false */
  readonly each?: boolean;
  /** queries that have judgments and no ranking count too: as 0, or as 1e-5 in a geometric mean. @default false */
  readonly complete?: boolean;
  /** decimals of a number. @default 4 */
  readonly decimals?: number;
}

/** The lines that trec_eval 9 prints, those of a query at a time: `name query value`, tabs between. */
export function* report(
  queries: Iterable<Graded>,
  measures: readonly Chosen[],
  whole: Whole,
  { each = false, complete = false, decimals = 4 }: ReportOptions = {},
): Generator<string, void, undefined> {
  const print = printer(decimals, '\n');
  const written = (value: number | string, as: Chosen['as']): string =>
    typeof value === 'number' && as === 'real' ? print(value) : `${value}\n`;
  const tally = new Tally(measures, whole, complete);
  const heads = measures.map(({ labels }) => labels.map((label) => `${label.padEnd(22)}\t`));
  for (const query of queries) {
    const name = `${query.query}\t`;
    let lines = '';
    for (let m = 0; m < measures.length; m++) {
      const { measure, labels, as } = measures[m];
      for (let i = 0; i < labels.length; i++) {
        const value = tally.add(query, m, i);
        if (each && measure.each) lines += heads[m][i] + name + written(value, as);
      }
    }
    tally.next();
    if (lines !== '') yield lines;
  }
  let lines = '';
  measures.forEach(({ labels, as }, m) => {
    for (let i = 0; i < labels.length; i++) {
      const value = tally.ofAll(m, i);
      if (value !== undefined) lines += heads[m][i] + 'all\t' + written(value, as);
    }
  });
  yield lines;
}
