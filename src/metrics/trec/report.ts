import type { Entries } from '../../formats/entries.ts';
import type { Chosen } from './chosen.ts';
import type { Graded } from './graded.ts';
import { printed } from './printed.ts';

/** What all judgments and the run as a whole say, beside its queries. */
export interface Whole {
  /** queries that have a judgment */
  readonly judgedQueries: number;
  readonly qrels: Entries<Int32Array>;
  readonly tag: string;
}

export interface ReportOptions {
  /** a line for each query and measure too. @default false */
  readonly each?: boolean;
  /** queries that have judgments and no ranking count too: as 0, or as 1e-5 in a geometric mean. @default false */
  readonly complete?: boolean;
  /** decimals of a number. @default 4 */
  readonly decimals?: number;
}

/** The least that goes into a geometric mean. */
const LEAST = 1e-5;

/** The lines that trec_eval 9 prints, those of a query at a time: `name query value`, tabs between. */
export function* report(
  queries: Iterable<Graded>,
  measures: readonly Chosen[],
  { judgedQueries, qrels, tag }: Whole,
  { each = false, complete = false, decimals = 4 }: ReportOptions = {},
): Generator<string, void, undefined> {
  const sums = measures.map(({ labels }) => new Float64Array(labels.length));
  const heads = measures.map(({ labels }) => labels.map((label) => `${label.padEnd(22)}\t`));
  let count = 0;
  for (const query of queries) {
    count++;
    let lines = '';
    measures.forEach(({ measure, labels, as, value }, m) => {
      for (let i = 0; i < labels.length; i++) {
        const v = value(query, i);
        if (typeof v === 'number') {
          sums[m][i] += measure.overall === 'geometric mean' ? Math.log(Math.max(v, LEAST)) : v;
        }
        if (each && measure.each) lines += `${heads[m][i]}${query.query}\t${written(v, as, decimals)}\n`;
      }
    });
    if (lines !== '') yield lines;
  }

  const over = complete ? judgedQueries : count;
  const ofAll = ({ measure, as }: Chosen, sum: number): string => {
    switch (measure.overall) {
      case 'mean':
        return written(sum / over, as, decimals);
      case 'geometric mean':
        return written(Math.exp((sum + (over - count) * Math.log(LEAST)) / over), as, decimals);
      case 'queries':
        return String(over);
      case 'relevant documents':
        return String(
          complete ? qrels.order.reduce((total, e) => total + Number(qrels.values[e] > 0), 0) : sum,
        );
      case 'tag':
        return tag;
      default:
        return written(sum, as, decimals);
    }
  };
  let lines = '';
  measures.forEach((chosen, m) => {
    if (chosen.measure.overall === 'nothing') return;
    sums[m].forEach((sum, i) => (lines += `${heads[m][i]}all\t${ofAll(chosen, sum)}\n`));
  });
  yield lines;
}

function written(value: number | string, as: Chosen['as'], decimals: number): string {
  return typeof value === 'number' && as === 'real' ? printed(value, decimals) : String(value);
}
