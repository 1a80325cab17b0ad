import type { FileHandle } from 'node:fs/promises';
import { refuse } from '../core/check.ts';
import { fill } from './fill.ts';

/** What a .safetensors file says it holds. */
export interface SafetensorsHeader {
  /** the file's own strings by name */
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

export interface StoredTensor {
  /** as the file spells it: F32 */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** where its values start, in bytes from the start of the file */
  readonly start: number;
}

/** Bytes of a value. */
const WIDTHS: ReadonlyMap<unknown, number> = new Map(
  [
    ['F64', 'I64', 'U64'].map((dtype) => [dtype, 8] as const),
    ['F32', 'I32', 'U32'].map((dtype) => [dtype, 4] as const),
    ['F16', 'BF16', 'I16', 'U16'].map((dtype) => [dtype, 2] as const),
    ['F8_E4M3', 'F8_E5M2', 'I8', 'U8', 'BOOL'].map((dtype) => [dtype, 1] as const),
  ].flat(),
);

/** the specification's */
const MOST_HEADER = 100_000_000;

/**
 * The header of a .safetensors file: length (8 bytes) · JSON, `{name: {dtype, shape, data_offsets: [begin, end]}}` and `__metadata__` ·
 * the values, which tensors must cover without a hole or an overlap, to the last byte.
 *
 * @throws RangeError if the file is none, is shorter or longer than its header says, or names a tensor twice
 * @see github.com/huggingface/safetensors, "Format"
 */
export async function readSafetensorsHeader(file: FileHandle, path: string): Promise<SafetensorsHeader> {
  const stat = await file.stat();
  if (!stat.isFile()) refuse(path, 'must be a file', 'something else');
  if (stat.size < 10) refuse(path, 'must be a .safetensors file', `${stat.size} bytes`);
  const prefix = Buffer.alloc(8);
  await fill(file, path, prefix, 0);
  const length = prefix.readBigUInt64LE();
  if (length > MOST_HEADER) refuse(path, `must have a header of at most ${MOST_HEADER} bytes`, length);
  const data = 8 + Number(length);
  if (data > stat.size) refuse(path, `must hold a header of ${length} bytes`, `${stat.size} bytes`);
  const bytes = Buffer.alloc(Number(length));
  await fill(file, path, bytes, 8);
  const text = textOf(path, bytes);

  const tensors = new Map<string, StoredTensor>();
  let metadata: ReadonlyMap<string, string> = new Map();
  const spans: Span[] = [];
  for (const [name, value] of entries(path, text)) {
    if (name === '__metadata__') metadata = metadataOf(path, value);
    else {
      const { span, ...tensor } = tensorOf(`${path}: tensor '${name}'`, name, value, data);
      tensors.set(name, tensor);
      spans.push(span);
    }
  }
  checkSpans(path, spans, stat.size - data);
  return { metadata, tensors };
}

interface Span {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

function textOf(path: string, bytes: Buffer): string {
  if (bytes[0] !== 0x7b)
    refuse(path, "header must start with '{'", JSON.stringify(String.fromCharCode(bytes[0])));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse(path, 'header must be UTF-8', 'something else');
  }
}

function entries(path: string, text: string): [name: string, value: unknown][] {
  const value = parsed(text);
  if (!isObject(value)) return refuse(path, 'header must be a JSON object', brief(text));
  const found = Object.entries(value);
  const written = namesWritten(text);
  if (written !== found.length)
    refuse(path, `header must have each name once, ${found.length} of them`, written);
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How many names the outermost object is written with: of one that comes twice, JSON.parse keeps the last in silence. */
function namesWritten(text: string): number {
  let [depth, names] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|[{}[\]]/gs)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':')) names++;
  }
  return names;
}

function metadataOf(path: string, value: unknown): ReadonlyMap<string, string> {
  if (!isObject(value)) return refuse(path, '__metadata__ must be an object', brief(JSON.stringify(value)));
  return new Map(
    Object.entries(value).map(([name, text]: [string, unknown]) => [
      name,
      typeof text === 'string'
        ? text
        : refuse(path, `__metadata__ '${name}' must be a string`, brief(JSON.stringify(text))),
    ]),
  );
}

function tensorOf(
  where: string,
  name: string,
  value: unknown,
  data: number,
): StoredTensor & { readonly span: Span } {
  const fields = new Map<string, unknown>(isObject(value) ? Object.entries(value) : []);
  const dtype = fields.get('dtype');
  const width = WIDTHS.get(dtype);
  if (typeof dtype !== 'string' || width === undefined)
    return refuse(
      where,
      `dtype must be one of ${[...WIDTHS.keys()].join(' ')}`,
      brief(JSON.stringify(dtype)),
    );
  const shape =
    wholeNumbers(fields.get('shape')) ??
    refuse(where, 'shape must be whole numbers >= 0', brief(JSON.stringify(fields.get('shape'))));
  const offsets = wholeNumbers(fields.get('data_offsets'));
  if (offsets?.length !== 2 || offsets[0] > offsets[1])
    return refuse(
      where,
      'data_offsets must be two whole numbers, the first not the larger',
      brief(JSON.stringify(fields.get('data_offsets'))),
    );
  const [begin, end] = offsets;
  // a product that is too large for a whole number is too large for a file
  const bytes = shape.reduce((product, side) => product * side, width);
  if (bytes !== end - begin)
    refuse(where, `data_offsets must be ${bytes} bytes apart, as its shape is`, end - begin);
  return { dtype, shape, start: data + begin, span: { name, begin, end } };
}

/** In the order they stand in, each must begin where the one before ends. */
function checkSpans(path: string, spans: Span[], size: number): void {
  let at = 0;
  for (const { name, begin, end } of spans.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      refuse(
        path,
        `tensor '${name}' must begin at byte ${at} of the values, without a hole or an overlap`,
        begin,
      );
    at = end;
  }
  if (at !== size) refuse(path, `must have ${at} bytes of values`, size);
}

function wholeNumbers(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers = value.flatMap((each: unknown) =>
    typeof each === 'number' && Number.isSafeInteger(each) && each >= 0 ? [each] : [],
  );
  return numbers.length === value.length ? numbers : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brief(text: string | undefined): string {
  return text === undefined || text.length <= 40 ? String(text) : `${text.slice(0, 40)}…`;
}
