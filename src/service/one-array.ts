import { refuse } from '../core/check.ts';
import { float16Values } from '../formats/float16.ts';
import { FLOAT_ROWS, npyLayout } from '../formats/npy-header.ts';
import type { NamedArray, Received } from './message.ts';

/** What the one array of a request is called, where it does not say. */
const USUAL: ReadonlyMap<string, string> = new Map([
  ['search', 'queries'],
  ['evaluate', 'queries'],
  ['upsert', 'rows'],
  ['score', 'embeddings'],
]);

/** Fields of a header that are texts. */
const TEXTS = new Set(['loss', 'name', 'id']);

/**
 * A request whose header stands in the query of its address, and whose body is one array or none: `loss`, `name`, `id` and `timeout` are
 * the header's, `options.temperature` is an option, `input` says what the array is called, and everything else is among the values.
 */
export function fromQuery(call: string, query: URLSearchParams, array?: NamedArray): Received {
  const header: Record<string, unknown> = {};
  const [options, values]: Record<string, unknown>[] = [{}, {}];
  let input = USUAL.get(call) ?? 'rows';
  for (const [name, text] of query) {
    const [, option] = /^options\.(.+)$/.exec(name) ?? [];
    if (option !== undefined) options[option] = text;
    else if (name === 'input') input = text;
    else if (TEXTS.has(name)) header[name] = text;
    else (name === 'timeout' ? header : values)[name] = valueOf(text);
  }
  return {
    header: { ...header, call, options, values },
    arrays: new Map(array === undefined ? [] : [[input, array]]),
  };
}

/**
 * Little-endian float32, row after row, of the shape that stands in a header: `1000,512`.
 *
 * @throws RangeError if there are not as many bytes
 */
export function rawFloats(shape: unknown, bytes: Uint8Array<ArrayBuffer>): NamedArray {
  if (typeof shape !== 'string' || !/^\d{1,10}(,\d{1,10})?$/.test(shape))
    return refuse('message', 'nearmiss-shape must be ROWS,COLS', JSON.stringify(shape));
  const sides = shape.split(',').map(Number);
  const length = sides.reduce((product, side) => product * side, 1);
  if (4 * length !== bytes.length)
    refuse('message', `a body of shape ${shape} must be ${4 * length} bytes`, bytes.length);
  return { shape: sides, data: new Float32Array(bytes.buffer, 0, length) };
}

/**
 * The rows of a .npy file of float16, float32 or float64, little-endian and row after row.
 *
 * @throws RangeError if it is none
 */
export async function npyFloats(bytes: Uint8Array<ArrayBuffer>): Promise<NamedArray> {
  const { rows, cols, dtype, start, bigEndian, columnMajor } = await npyLayout(
    'message',
    bytes.length,
    FLOAT_ROWS,
    async (into, at) => into.set(bytes.subarray(at, at + into.length)),
  );
  if (bigEndian || columnMajor)
    refuse('message', 'a .npy file must be little-endian and row after row', 'another order');
  const [shape, length] = [[rows, cols], rows * cols];
  // where the header is no multiple of a number's bytes, they are copied
  const { buffer, byteOffset } = start % 8 === 0 ? bytes.subarray(start) : bytes.slice(start);
  if (dtype === 'float32') return { shape, data: new Float32Array(buffer, byteOffset, length) };
  if (dtype === 'float64')
    return { shape, data: Float32Array.from(new Float64Array(buffer, byteOffset, length)) };
  const halves = new Uint16Array(buffer, byteOffset, length);
  const data = new Float32Array(length);
  for (let e = 0; e < length; e++) data[e] = float16Values[halves[e]];
  return { shape, data };
}

function valueOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = text.trim() === '' ? NaN : Number(text);
  return Number.isNaN(number) ? text : number;
}
