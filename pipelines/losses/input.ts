import { refuse } from '../../src/core/check.ts';
import type { Matrix } from '../../src/core/matrix.ts';

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

/** `negative-ids` of negativeIds: how it is called on a command line, and its gradient's file. */
export function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function flagOf({ name }: Pick<Input, 'name'>): string {
  return `--${kebab(name)}`;
}

/** Looks up the inputs that were given. */
export interface Given {
  /** whose they are */
  readonly where: string;
  /** @throws RangeError if there is none */
  need<Value extends Column>(input: Input<Value>): Value;
  find<Value extends Column>(input: Input<Value>): Value | undefined;
}

export function given(where: string, columns: ReadonlyMap<string, Column>): Given {
  const find = <Value extends Column>({ name, is }: Input<Value>): Value | undefined => {
    const column = columns.get(name);
    return column !== undefined && is(column) ? column : undefined;
  };
  return {
    where,
    find,
    need: (input) => find(input) ?? refuse(where, `${flagOf(input)} must be given`, 'none'),
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
export function tuplesOf(
  name: string,
  says: string,
  kind: 'triplets' | 'pairs' | 'known',
): Input<Uint32Array> {
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
