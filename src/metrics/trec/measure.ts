import { checkEqual, checkWhole, refuse } from '../../core/check.ts';
import type { Graded } from './graded.ts';
import { printed } from './printed.ts';

/** What a measure prints of all queries, under the name `all`. */
export type Overall =
  /** of its values: with -c over all queries that have a judgment, where the others count as 0 */
  | 'mean'
  /** of its values, over all queries that have a judgment, with or without -c */
  | 'mean over judged queries'
  /** of its values, none taken for less than 1e-5: with -c the others count as 1e-5 */
  | 'geometric mean'
  | 'sum'
  /** how many queries there are: with -c all that have a judgment */
  | 'queries'
  /** its sum: with -c the number of grades above 0 in all judgments, whatever -l says */
  | 'relevant documents'
  /** what the run calls itself */
  | 'tag'
  | 'nothing';

/** A measure of trec_eval, by the name that -m gives it. */
export interface Measure {
  readonly name: string;
  /** in a sentence */
  readonly definition: string;
  /** whether it prints a line for each query */
  readonly each: boolean;
  readonly overall: Overall;
  /** its columns, by the text after the point of -m, or by default */
  columns(parameters: string | undefined): Columns;
}

export interface Columns {
  readonly labels: readonly string[];
  /** how a value is written */
  readonly as: 'real' | 'whole' | 'text';
  /** of a query, column i */
  value(query: Graded, i: number): number | string;
}

type Of<Parameters extends readonly unknown[]> = (query: Graded, ...parameters: Parameters) => number;

const EACH = { each: true, overall: 'mean' } as const;

/** A number a query. */
export function single(name: string, definition: string, value: Of<[]>): Measure {
  return { name, definition, ...EACH, columns: without(name, 'real', value) };
}

/** A number that only the geometric mean is printed of. */
export function geometric(name: string, definition: string, value: Of<[]>): Measure {
  return { name, definition, each: false, overall: 'geometric mean', columns: without(name, 'real', value) };
}

/** A whole number a query, and their sum. */
export function count(
  name: string,
  definition: string,
  value: Of<[]>,
  overall: 'sum' | 'relevant documents' = 'sum',
): Measure {
  return { name, definition, each: true, overall, columns: without(name, 'whole', value) };
}

/** What is said of all queries alone. */
export function summary(name: string, definition: string, overall: 'queries' | 'tag'): Measure {
  return { name, definition, each: false, overall, columns: without(name, 'whole', () => 1) };
}

/** A number for each of some ranks: `-m P.5,10`. */
export function atCutoffs(
  name: string,
  cutoffs: readonly number[],
  definition: string,
  value: Of<[cutoff: number]>,
  overall: 'mean' | 'mean over judged queries' = 'mean',
): Measure {
  const columns = (text: string | undefined): Columns => {
    const ks = text === undefined ? cutoffs : ascending(name, text, numbers(name, text));
    const wrong = ks.find((k) => !(Number.isInteger(k) && k >= 1));
    if (wrong !== undefined) refuse(`-m ${name}`, 'a cutoff must be a whole number >= 1', wrong);
    return { labels: ks.map((k) => `${name}_${k}`), as: 'real', value: (query, i) => value(query, ks[i]) };
  };
  return { name, definition, each: true, overall, columns };
}

/** A number for each of some shares of R: `-m iprec_at_recall.0.1,0.5`. */
export function atShares(
  name: string,
  shares: readonly number[],
  definition: string,
  value: Of<[share: number]>,
): Measure {
  const columns = (text: string | undefined): Columns => {
    const xs = text === undefined ? shares : ascending(name, text, numbers(name, text));
    return {
      labels: xs.map((x) => `${name}_${printed(x, 2)}`),
      as: 'real',
      value: (query, i) => value(query, xs[i]),
    };
  };
  return { name, definition, ...EACH, columns };
}

/** One number of as many parameters as there are by default, or of any number: `-m set_F.0.5`. */
export function parametric(
  name: string,
  defaults: readonly number[],
  definition: string,
  value: Of<[parameters: readonly number[]]>,
  open = false,
): Measure {
  const columns = (text: string | undefined): Columns => {
    const parameters = text === undefined ? defaults : numbers(name, text);
    if (!open) checkEqual(`-m ${name}`, 'the number of parameters', parameters.length, defaults.length);
    return { labels: [labelled(name, text)], as: 'real', value: (query) => value(query, parameters) };
  };
  return { name, definition, ...EACH, columns };
}

/** One number of gains, which are the grades unless others are given: `-m ndcg.1=3.5,2=9`. */
export function ofGains(
  name: string,
  definition: string,
  value: Of<[gain: (grade: number) => number]>,
): Measure {
  const columns = (text: string | undefined): Columns => {
    const given = text === undefined ? new Map<number, number>() : gains(name, text);
    const gain = (grade: number): number => given.get(grade) ?? Math.max(grade, 0);
    return { labels: [labelled(name, text)], as: 'real', value: (query) => value(query, gain) };
  };
  return { name, definition, ...EACH, columns };
}

/** A text a query, of a length that can be given. */
export function string(
  name: string,
  length: number,
  definition: string,
  value: (query: Graded, length: number) => string,
): Measure {
  const columns = (text: string | undefined): Columns => {
    const most = text === undefined ? length : number(name, text);
    checkWhole(`-m ${name}`, 'the length', most);
    return { labels: [labelled(name, text)], as: 'text', value: (query) => value(query, most) };
  };
  return { name, definition, each: true, overall: 'nothing', columns };
}

function without(name: string, as: 'real' | 'whole', value: Of<[]>): Measure['columns'] {
  return (text) => {
    if (text !== undefined) refuse(`-m ${name}`, 'must have no parameters', text);
    return { labels: [name], as, value };
  };
}

function labelled(name: string, text: string | undefined): string {
  return text === undefined ? name : `${name}_${text}`;
}

function numbers(name: string, text: string): readonly number[] {
  return text.split(',').map((field) => number(name, field));
}

function number(name: string, field: string): number {
  const value = field.trim() === '' ? NaN : Number(field);
  if (!Number.isFinite(value))
    refuse(`-m ${name}`, 'a parameter must be a finite number', JSON.stringify(field));
  return value;
}

function ascending(name: string, text: string, values: readonly number[]): readonly number[] {
  if (new Set(values).size < values.length) refuse(`-m ${name}`, 'each cutoff must be given once', text);
  return values.toSorted((a, b) => a - b);
}

function gains(name: string, text: string): ReadonlyMap<number, number> {
  const given = new Map<number, number>();
  for (const pair of text.split(',')) {
    const [grade, gain, ...more] = pair.split('=');
    if (gain === undefined || more.length > 0) {
      refuse(`-m ${name}`, 'gains must be of the form grade=gain,grade=gain', text);
    }
    const at = number(name, grade);
    if (!(Number.isInteger(at) && at >= 0) || given.has(at)) {
      refuse(`-m ${name}`, 'a gain must be of a grade that is a whole number >= 0, each once', grade);
    }
    given.set(at, number(name, gain));
  }
  return given;
}
