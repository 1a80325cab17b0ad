import {
  byName,
  type Column,
  type Given,
  given,
  type Input,
  isTuples,
  KINDS,
  NUMBERS,
} from '../catalog/input.ts';
import { refuse } from '../core/check.ts';
import { matrix } from '../core/matrix.ts';
import { isRecord, type Message, type NamedArray, typeOf } from './message.ts';

/**
 * The inputs of a call by name: arrays, and numbers and flags among the header's `values`.
 *
 * @throws RangeError if one is not of the call's, or not of its kind
 */
export function columnsOf(
  where: string,
  inputs: readonly Input[],
  { header, arrays }: Message,
): Map<string, Column> {
  const columns = new Map<string, Column>();
  const named = (name: string): Input =>
    inputs.find((input) => input.name === name) ??
    refuse(where, `an input must be ${inputs.map(byName).join(' or ') || 'left out'}`, name);
  for (const [name, array] of arrays) columns.set(name, arrayOf(where, named(name), array));
  for (const [name, value] of recordAt(where, header, 'values')) {
    columns.set(name, valueOf(where, named(name), value));
  }
  return columns;
}

/** The same, to be looked up. */
export function givenIn(where: string, inputs: readonly Input[], message: Message): Given {
  return given(where, columnsOf(where, inputs, message));
}

/**
 * The header's `options` as they would be written on a command line.
 *
 * @throws RangeError if one is neither text nor a number, true or false
 */
export function optionTexts(where: string, { header }: Message): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of recordAt(where, header, 'options')) {
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      refuse(where, `option ${name} must be text, a number, true or false`, JSON.stringify(value));
    }
    texts.set(name, String(value));
  }
  return texts;
}

function recordAt(where: string, header: Message['header'], name: string): [string, unknown][] {
  const record = header[name] ?? {};
  return isRecord(record)
    ? Object.entries(record)
    : refuse(where, `${name} must be an object`, JSON.stringify(record));
}

/** A loss may look at every column of a matrix, however few bytes it took to name them. */
const MOST_COLS_OF_NONE = 65_536;

function arrayOf(where: string, { name, kind }: Input, array: NamedArray): Column {
  const { shape, data } = array;
  if (kind === 'matrix' && data instanceof Float32Array) {
    if (shape.length === 2 && (data.length > 0 || shape[1] <= MOST_COLS_OF_NONE))
      return matrix(shape[0], shape[1], data);
    if (shape.length === 1) return matrix(shape[0], 1, data);
  }
  if (kind === 'numbers' && shape.length === 1 && data instanceof Float32Array) return data;
  if (kind === 'labels' && shape.length === 1 && data instanceof Int32Array) return data;
  if (kind === 'ids' && shape.length === 1 && data instanceof Uint32Array) return data;
  if (isTuples(kind) && shape.length === 2 && shape[1] === NUMBERS[kind].each && data instanceof Uint32Array)
    return data;
  return refuse(where, `${name} must be ${formOf(kind)}`, `${typeOf(array)} of shape [${shape.join(', ')}]`);
}

function formOf(kind: Input['kind']): string {
  if (isTuples(kind)) return `uint32 of shape [any, ${NUMBERS[kind].each}]`;
  if (kind === 'matrix') return 'float32 of shape [rows, cols] or [rows]';
  if (kind === 'number' || kind === 'flag') return `among the values, ${KINDS[kind]}`;
  return `${FORMS[kind]} of shape [rows]`;
}

const FORMS = { numbers: 'float32', labels: 'int32', ids: 'uint32' } as const;

function valueOf(where: string, { name, kind }: Input, value: unknown): Column {
  if (kind === 'number' && typeof value === 'number') return value;
  if (kind === 'flag' && typeof value === 'boolean') return value;
  const must = kind === 'number' ? 'a number' : kind === 'flag' ? 'true or false' : 'an array';
  return refuse(where, `${name} must be ${must}`, JSON.stringify(value));
}
