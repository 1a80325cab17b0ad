import { checkEqual, refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import type { Parameters } from '../core/parameters.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { bytesOf } from './bytes-of.ts';
import { fill } from './fill.ts';
import type { ArrayLayout } from './npy-header.ts';
import {
  allRows,
  chunksOf,
  type FloatType,
  type OpenRows,
  openRowsOf,
  openToRead,
  type ReadRowsOptions,
} from './open-rows.ts';
import { readSafetensorsHeader, type SafetensorsHeader, type StoredTensor } from './safetensors-header.ts';
import { wholeFile, type WholeFileOptions } from './whole-file.ts';

/** What the values that can be read are, and how many bytes each takes. */
const DTYPES: ReadonlyMap<string, readonly [dtype: FloatType, width: number]> = new Map([
  ['F16', ['float16', 2]],
  ['BF16', ['bfloat16', 2]],
  ['F32', ['float32', 4]],
  ['F64', ['float64', 8]],
]);

/**
 * What a .safetensors file says it holds: its own strings, and each tensor's dtype and shape.
 *
 * @throws RangeError if the file is missing, is none or is not as long as its header says
 */
export async function safetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const file = await openToRead(path);
  try {
    return await readSafetensorsHeader(file, path);
  } finally {
    await file.close();
  }
}

/**
 * A tensor of one or two dimensions of F16, BF16, F32 or F64, to be read as rows; one of one dimension is read as a column. Without a
 * name, of a file that has one tensor.
 *
 * @throws RangeError if the file or the tensor is missing or of another kind
 */
export function openSafetensorsRows(path: string, name?: string): Promise<OpenRows> {
  const where = name === undefined ? path : `${path}: tensor '${name}'`;
  return openRowsOf(where, path, async (file) => {
    const { tensors } = await readSafetensorsHeader(file, path);
    return layoutOf(where, oneOf(path, tensors, name));
  });
}

/**
 * The rows of such a tensor in chunks.
 *
 * @throws RangeError as `openSafetensorsRows`, or if a value is not finite or, rounded to float32, would not be
 */
export async function* readSafetensors(
  path: string,
  name?: string,
  options: ReadRowsOptions = {},
): AsyncGenerator<Matrix, void, undefined> {
  yield* chunksOf('readSafetensors', () => openSafetensorsRows(path, name), options);
}

/**
 * Every tensor of such a file as a matrix, as of a model's parameters.
 *
 * @throws RangeError as `readSafetensors`
 */
export async function readSafetensorsParameters(path: string): Promise<Parameters> {
  const { tensors } = await safetensorsHeader(path);
  const parameters: [string, Matrix][] = [];
  for (const name of tensors.keys())
    parameters.push([name, await allRows(await openSafetensorsRows(path, name))]);
  return Object.fromEntries(parameters);
}

/**
 * The bytes of a tensor of U8 of one dimension.
 *
 * @throws RangeError if the file or the tensor is missing or of another kind
 */
export async function readSafetensorsBytes(path: string, name: string): Promise<Uint8Array> {
  const file = await openToRead(path);
  try {
    const { tensors } = await readSafetensorsHeader(file, path);
    const { dtype, shape, start } = oneOf(path, tensors, name);
    const where = `${path}: tensor '${name}'`;
    if (dtype !== 'U8') refuse(where, 'dtype must be U8', dtype);
    if (shape.length !== 1) refuse(where, 'shape must be 1-d', `[${shape.join(', ')}]`);
    const bytes = new Uint8Array(shape[0]);
    await fill(file, path, bytes, start);
    return bytes;
  } finally {
    await file.close();
  }
}

export interface WriteSafetensorsOptions extends WholeFileOptions {
  /** Strings the file carries, as its `__metadata__`. @default none */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes matrices as F32 tensors of two dimensions, and bytes as U8 tensors of one behind them, in a file that is there in full or not at
 * all. The same tensors in the same order give the same bytes.
 *
 * @throws RangeError if a value is not finite, a tensor is named `__metadata__`, or a file cannot be made there
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, Matrix | Uint8Array>>,
  { metadata, signal }: WriteSafetensorsOptions = {},
): Promise<void> {
  const header: [string, unknown][] = metadata === undefined ? [] : [['__metadata__', metadata]];
  const values: Uint8Array[] = [];
  let at = 0;
  const append = (name: string, dtype: string, shape: readonly number[], bytes: Uint8Array): void => {
    if (name === '__metadata__') refuse(path, 'a tensor must have another name than __metadata__', name);
    header.push([name, { dtype, shape, data_offsets: [at, at + bytes.length] }]);
    values.push(bytes);
    at += bytes.length;
  };
  const strings: [string, Uint8Array][] = [];
  for (const [name, value] of Object.entries(tensors)) {
    if (value instanceof Uint8Array) {
      strings.push([name, value]);
      continue;
    }
    checkEqual(path, `values of ${name}`, value.data.length, value.rows * value.cols);
    checkFiniteRows(path, name, value);
    append(name, 'F32', [value.rows, value.cols], bytesOf(value.data));
  }
  // behind all that must begin at a multiple of 4 bytes
  for (const [name, bytes] of strings) append(name, 'U8', [bytes.length], bytes);
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  // spaces at its end bring the values to a multiple of 8 bytes
  const padded = Buffer.alloc(8 * Math.ceil(text.length / 8), ' ');
  text.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  await wholeFile(
    path,
    async (write) => {
      await write(Buffer.concat([length, padded]));
      for (const bytes of values) await write(bytes);
    },
    { signal },
  );
}

function oneOf(path: string, tensors: SafetensorsHeader['tensors'], name: string | undefined): StoredTensor {
  const names = [...tensors.keys()].join(', ');
  if (name !== undefined)
    return tensors.get(name) ?? refuse(path, `must have the tensor '${name}'`, names || 'none');
  const [only, more] = tensors.values();
  return only === undefined || more !== undefined
    ? refuse(path, 'must have one tensor where none is named', names || 'none')
    : only;
}

function layoutOf(where: string, { dtype, shape, start }: StoredTensor): ArrayLayout<FloatType> {
  const [type, width] =
    DTYPES.get(dtype) ?? refuse(where, `dtype must be ${[...DTYPES.keys()].join(', ')}`, dtype);
  if (shape.length < 1 || shape.length > 2)
    refuse(where, 'shape must be 1-d or 2-d', `[${shape.join(', ')}]`);
  const [rows, cols = 1] = shape;
  return { rows, cols, dtype: type, width, start, bigEndian: false, columnMajor: false };
}
