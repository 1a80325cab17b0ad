import { refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';

/** What stands under the name of an input in a batch. */
export type Column = Matrix | Float32Array | Int32Array | Uint32Array | number | boolean;

/** What a file, or a word, must hold to be one. */
export type Kind = keyof typeof KINDS;

export const KINDS = {
  matrix: 'rows of floats',
  numbers: 'floats',
  labels: 'integers in int32',
  ids: 'integers in uint32',
  triplets: 'n × 3 integers',
  pairs: 'n × 2 integers',
  known: 'n × 2 integers',
  number: 'a number',
  flag: 'no file',
} as const;

/** How many numbers stand in a row of tuples, and how many of them, the first ones, are rows of the batch or of references. */
export const NUMBERS = {
  triplets: { each: 3, rows: 3 },
  pairs: { each: 2, rows: 2 },
  known: { each: 2, rows: 1 },
} as const;

export type TupleKind = keyof typeof NUMBERS;

export function isTuples(kind: Kind): kind is TupleKind {
  return kind in NUMBERS;
}

/**
 * What a batch is given of an input: its rows; its rows of each view, where views stand one below the other; the negatives its
 * anchors own, or all where nobody owns any; what names its anchors; or all in every batch.
 */
export type Along = 'rows' | 'views' | 'negatives' | 'anchors' | 'whole';

/** An input of a loss by its name in the batch. */
export interface Input<Value extends Column = Column> {
  readonly name: string;
  /** what it is, in words */
  readonly says: string;
  readonly kind: Kind;
  readonly along: Along;
  is(column: Column): column is Value;
}

/** What a loss takes: its inputs, and the batch that is made of them. */
export interface Takes<Batch> {
  readonly required: readonly Input[];
  readonly optional: readonly Input[];
  /** how many negatives each anchor owns where it is not said; without it all anchors share all of them */
  readonly owned?: number;
  /** how many views there are of each item, one below the other */
  readonly views?: Input<number>;
  /** how many samples the rows are of, 1 where it is not said: none may be cut in two */
  readonly samples?: Input<number>;
  batch(given: Given): Batch;
}

/** Every input of a loss. */
export function inputsOf({ required, optional }: Takes<unknown>): readonly Input[] {
  return [...required, ...optional];
}

/** How an input is called where it is given: by its name, or by its flag. */
export type Called = (input: Pick<Input, 'name'>) => string;

export const byName: Called = ({ name }) => name;

/** Looks up the inputs that were given. */
export interface Given {
  /** whose they are */
  readonly where: string;
  readonly called: Called;
  /** @throws RangeError if there is none */
  need<Value extends Column>(input: Input<Value>): Value;
  find<Value extends Column>(input: Input<Value>): Value | undefined;
}

export function given(where: string, columns: ReadonlyMap<string, Column>, called = byName): Given {
  const find = <Value extends Column>({ name, is }: Input<Value>): Value | undefined => {
    const column = columns.get(name);
    return column !== undefined && is(column) ? column : undefined;
  };
  return {
    where,
    called,
    find,
    need: (input) => find(input) ?? refuse(where, `${called(input)} must be given`, 'none'),
  };
}

export function matrixOf(name: string, says: string, along: Along = 'rows'): Input<Matrix> {
  return {
    name,
    says,
    along,
    kind: 'matrix',
    is: (column) => typeof column === 'object' && 'cols' in column,
  };
}

export function labelsOf(name: string, says: string, along: Along = 'rows'): Input<Int32Array> {
  return { name, says, along, kind: 'labels', is: (column) => column instanceof Int32Array };
}

export function idsOf(name: string, says: string, along: Along = 'rows'): Input<Uint32Array> {
  return { name, says, along, kind: 'ids', is: isWhole };
}

export function numbersOf(name: string, says: string, along: Along = 'rows'): Input<Float32Array> {
  return { name, says, along, kind: 'numbers', is: (column) => column instanceof Float32Array };
}

/** Whole numbers, so many a row, the first the row of an anchor. */
export function tuplesOf(name: string, says: string, kind: TupleKind): Input<Uint32Array> {
  return { name, says, along: 'anchors', kind, is: isWhole };
}

export function numberOf(name: string, says: string): Input<number> {
  return { name, says, along: 'whole', kind: 'number', is: (column) => typeof column === 'number' };
}

export function wordOf(name: string, says: string): Input<boolean> {
  return { name, says, along: 'whole', kind: 'flag', is: (column) => typeof column === 'boolean' };
}

function isWhole(column: Column): column is Uint32Array {
  return column instanceof Uint32Array;
}
