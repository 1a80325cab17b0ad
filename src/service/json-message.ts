import { type Input, isTuples } from '../catalog/input.ts';
import { refuse } from '../core/check.ts';
import { callOf } from './calls.ts';
import { isRecord, type Message, type NamedArray, type Received } from './message.ts';

/** Numbers of an answer in JSON, at most: those that want more can take a frame. */
const MOST_NUMBERS = 2 ** 20;

/**
 * A request from JSON: the fields of a header, and `arrays`, lists of numbers or of rows of numbers by name, each of the type that its
 * call takes.
 */
export function fromJson(call: string, text: string): Received {
  try {
    const { arrays = {}, ...header } = objectOf(text);
    const request = { header: { ...header, call }, arrays: new Map<string, NamedArray>() };
    if (!isRecord(arrays)) refuse('message', 'arrays must be an object', JSON.stringify(arrays));
    else {
      const inputs = callOf(request).inputs(request);
      for (const [name, value] of Object.entries(arrays))
        request.arrays.set(name, arrayOf(name, inputs.find((input) => input.name === name)?.kind, value));
    }
    return request;
  } catch (error) {
    if (error instanceof RangeError) return { header: { call }, fault: error.message };
    throw error;
  }
}

/** An answer as JSON, in which what is no finite number is null. */
export function toJson({ header, arrays }: Message): string {
  const numbers = Array.from(arrays.values(), ({ data }) => data.length).reduce(
    (sum, length) => sum + length,
    0,
  );
  if (numbers > MOST_NUMBERS)
    refuse('message', `an answer in JSON must be of at most ${MOST_NUMBERS} numbers`, numbers);
  const lists = Object.fromEntries(Array.from(arrays, ([name, array]) => [name, listsOf(array)]));
  return JSON.stringify({ ...header, ...(arrays.size > 0 && { arrays: lists }) });
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse('message', 'must be JSON', String(error).replace(/\s+/g, ' '));
  }
  return isRecord(value) ? value : refuse('message', 'must be a JSON object', typeof value);
}

function arrayOf(name: string, kind: Input['kind'] | undefined, value: unknown): NamedArray {
  if (!Array.isArray(value)) return refuse('message', `${name} must be a list`, JSON.stringify(value));
  const rows: readonly unknown[] = value;
  const [first] = rows;
  const cols = Array.isArray(first) ? first.length : undefined;
  const shape = cols === undefined ? [rows.length] : [rows.length, cols];
  const data = emptyFor(kind, rows.length * (cols ?? 1));
  rows.forEach((row, i) => {
    if (cols === undefined) data[i] = numberAt(name, kind, row);
    else if (!Array.isArray(row) || row.length !== cols)
      refuse(
        'message',
        `row ${i} of ${name} must be a list of ${cols} numbers`,
        JSON.stringify(row)?.slice(0, 60),
      );
    else for (let c = 0; c < cols; c++) data[i * cols + c] = numberAt(name, kind, row[c]);
  });
  return { shape, data };
}

function emptyFor(kind: Input['kind'] | undefined, length: number): NamedArray['data'] {
  if (kind === 'labels') return new Int32Array(length);
  return kind === 'ids' || (kind !== undefined && isTuples(kind))
    ? new Uint32Array(length)
    : new Float32Array(length);
}

function numberAt(name: string, kind: Input['kind'] | undefined, value: unknown): number {
  if (typeof value !== 'number')
    return refuse('message', `${name} must be of numbers`, JSON.stringify(value));
  const [low, end] = kind === 'labels' ? [-(2 ** 31), 2 ** 31] : [0, 2 ** 32];
  const whole = kind === 'labels' || kind === 'ids' || (kind !== undefined && isTuples(kind));
  if (whole && !(Number.isInteger(value) && value >= low && value < end))
    refuse('message', `${name} must be of whole numbers in [${low}, ${end})`, value);
  return value;
}

function listsOf({ shape, data }: NamedArray): readonly unknown[] {
  const [rows, cols] = shape;
  if (cols === undefined) return Array.from(data);
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
}
