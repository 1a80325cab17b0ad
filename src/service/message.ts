/** What the arrays of a message are of; all in the order of bytes of every machine nearmiss runs on, little-endian. */
export const TYPES = { float32: Float32Array, int32: Int32Array, uint32: Uint32Array } as const;

export type TypeName = keyof typeof TYPES;

/** Numbers, row-major where there is more than one dimension. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint32Array;
}

/** What is asked or answered: words and numbers, and arrays by their names. */
export interface Message {
  readonly header: Readonly<Record<string, unknown>>;
  readonly arrays: ReadonlyMap<string, NamedArray>;
}

/** What is answered. */
export interface Answer extends Message {
  /** Says that nobody looks at the arrays any more. */
  readonly giveBack?: () => void;
}

/** What came in the place of a message, with as much of its header as could be read. */
export interface Malformed {
  readonly header: Readonly<Record<string, unknown>>;
  /** one sentence */
  readonly fault: string;
  /** of HTTP, where the fault is not the request's own */
  readonly status?: number;
}

export type Received = Message | Malformed;

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTypeName(name: unknown): name is TypeName {
  return typeof name === 'string' && Object.hasOwn(TYPES, name);
}

export function typeOf({ data }: NamedArray): TypeName {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'uint32';
}
