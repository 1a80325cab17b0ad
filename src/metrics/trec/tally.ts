import type { Entries } from '../../formats/entries.ts';
import type { Chosen } from './chosen.ts';
import type { Graded } from './graded.ts';

/** What all judgments and the run as a whole say, beside its queries. */
export interface Whole {
  /** queries that have a judgment, and that count */
  readonly judgedQueries: number;
  readonly qrels: Entries<Int32Array>;
  readonly tag: string;
}

/** The least that goes into a geometric mean. */
const LEAST = 1e-5;

/** The values of some measures, query by query, and what is said of all of them. */
export class Tally {
  readonly #measures: readonly Chosen[];
  readonly #whole: Whole;
  readonly #complete: boolean;
  readonly #sums: readonly Float64Array[];
  #count = 0;

  constructor(measures: readonly Chosen[], whole: Whole, complete: boolean) {
    this.#measures = measures;
    this.#whole = whole;
    this.#complete = complete;
    this.#sums = measures.map(({ labels }) => new Float64Array(labels.length));
  }

  /** Counts column i of measure m for a query, and gives it. */
  add(query: Graded, m: number, i: number): number | string {
    const { measure, value } = this.#measures[m];
    const v = value(query, i);
    if (typeof v === 'number') {
      this.#sums[m][i] += measure.overall === 'geometric mean' ? Math.log(Math.max(v, LEAST)) : v;
    }
    return v;
  }

  /** A query is counted in full. */
  next(): void {
    this.#count++;
  }

  /** What column i of measure m is for all queries; undefined where nothing is said. */
  ofAll(m: number, i: number): number | string | undefined {
    const { qrels, judgedQueries, tag } = this.#whole;
    const over = this.#complete ? judgedQueries : this.#count;
    const sum = this.#sums[m][i];
    switch (this.#measures[m].measure.overall) {
      case 'mean':
        return sum / over;
      case 'mean over judged queries':
        return sum / judgedQueries;
      case 'geometric mean':
        return Math.exp((sum + (over - this.#count) * Math.log(LEAST)) / over);
      case 'queries':
        return over;
      case 'relevant documents':
        return this.#complete
          ? qrels.order.reduce((total, e) => total + Number(qrels.values[e] > 0), 0)
          : sum;
      case 'tag':
        return tag;
      case 'nothing':
        return undefined;
      default:
        return sum;
    }
  }
}
