import type { Writable } from 'node:stream';
import { refuse } from '../core/check.ts';
import { bytesOf } from '../formats/bytes-of.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';
import {
  isRecord,
  isTypeName,
  type Malformed,
  type Message,
  type NamedArray,
  type Received,
  typeOf,
  TYPES,
} from './message.ts';

// A message as bytes:
//
//   0  'nmf1'
//   4  uint32: h, the bytes of the header
//   8  uint64: the bytes of the body, a multiple of 8
//  16  the header: a JSON object in UTF-8, whose `arrays` lists { name, type, shape }; then zeros up to a multiple of 8
//      the body: the arrays as they are listed, each followed by zeros up to a multiple of 8
//
// So every array can be read where it lies.

const MAGIC = 'nmf1';
const PREFIX = 16;
const MOST_HEADER = 2 ** 20;

/** The most bytes of a message, where nothing else is said. */
export const MOST_BYTES = 256 * 2 ** 20;

/** The bytes of a message, in parts: its arrays are not copied, and must stay as they are until they have been written. */
export function framed({ header, arrays }: Message): Uint8Array[] {
  const listed = Array.from(arrays, ([name, array]) => ({ name, type: typeOf(array), shape: array.shape }));
  const words = new TextEncoder().encode(JSON.stringify({ ...header, arrays: listed }));
  const head = new Uint8Array(PREFIX + padded(words.length));
  head.set(new TextEncoder().encode(MAGIC));
  head.set(words, PREFIX);
  const parts: Uint8Array[] = [head];
  let body = 0;
  for (const { data } of arrays.values()) {
    const bytes = bytesOf(data);
    const gap = padded(bytes.length) - bytes.length;
    parts.push(bytes);
    if (gap > 0) parts.push(new Uint8Array(gap));
    body += bytes.length + gap;
  }
  const lengths = new DataView(head.buffer);
  lengths.setUint32(4, words.length, true);
  lengths.setBigUint64(8, BigInt(body), true);
  return parts;
}

/** Writes a message; done when whoever reads has taken it, or the system has. */
export function send(stream: Writable, message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    const parts = framed(message);
    const last = parts.pop();
    stream.cork();
    for (const part of parts) stream.write(part);
    stream.write(last, (error) => (error ? reject(error) : resolve()));
    stream.uncork();
  });
}

/** Asked before a message of so many bytes is read: gives what is called when it is done with, or says why it is passed over. */
export type Admit = (bytes: number) => (() => void) | Omit<Malformed, 'header'>;

/**
 * The messages in a stream of bytes. What is no message, but says how long it is, is passed over, and a sentence stands in its place.
 *
 * @throws RangeError if the bytes are no messages at all, or end within one: what comes after cannot be read
 */
export function messages(
  pieces: AsyncIterable<Uint8Array>,
  most = MOST_BYTES,
): AsyncGenerator<Received, void, undefined> {
  return messagesOf(byteReader(pieces), most);
}

/**
 * The same, where the bytes are read by others. A message is done with when the next is asked for.
 *
 * @param room makes what a body of so many bytes is read into
 */
export async function* messagesOf(
  bytes: ByteReader,
  most: number,
  admit: Admit = () => () => undefined,
  room = (length: number): ArrayBuffer => new ArrayBuffer(length),
): AsyncGenerator<Received, void, undefined> {
  try {
    for (;;) {
      const prefix = new Uint8Array(PREFIX);
      const got = await bytes.read(prefix);
      if (got === 0) return;
      const { words, body } = lengthsOf(prefix, got);
      const whole = PREFIX + padded(words) + body;
      if (words > MOST_HEADER || whole > most) {
        checkWhole(await bytes.skip(whole - PREFIX), whole - PREFIX);
        yield { header: {}, fault: tooLong(words, whole, most) };
        continue;
      }
      const done = admit(whole);
      if (typeof done === 'object') {
        checkWhole(await bytes.skip(whole - PREFIX), whole - PREFIX);
        yield { header: {}, ...done };
        continue;
      }
      try {
        const header = await filled(bytes, new Uint8Array(padded(words)));
        yield received(header.subarray(0, words), (await filled(bytes, new Uint8Array(room(body)))).buffer);
      } finally {
        done();
      }
    }
  } finally {
    await bytes.close();
  }
}

function lengthsOf(prefix: Uint8Array, got: number): { readonly words: number; readonly body: number } {
  const magic = new TextDecoder('latin1').decode(prefix.subarray(0, MAGIC.length));
  if (magic !== MAGIC) refuse('message', `must begin with '${MAGIC}'`, JSON.stringify(magic));
  checkWhole(got, PREFIX);
  const lengths = new DataView(prefix.buffer);
  return { words: lengths.getUint32(4, true), body: Number(lengths.getBigUint64(8, true)) };
}

function checkWhole(got: number, wanted: number): void {
  if (got < wanted) refuse('message', `must go on for ${wanted} bytes`, `the end after ${got}`);
}

function tooLong(words: number, whole: number, most: number): string {
  return words > MOST_HEADER
    ? `message: the header must be at most ${MOST_HEADER} bytes, got ${words}`
    : `message: must be at most ${most} bytes, got ${whole}`;
}

async function filled(bytes: ByteReader, into: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  checkWhole(await bytes.read(into), into.length);
  return into;
}

function received(words: Uint8Array, body: ArrayBuffer): Received {
  let header: Readonly<Record<string, unknown>> = {};
  try {
    const { arrays: listed = [], ...said } = recordOf(words);
    header = said;
    return { header, arrays: arraysOf(listed, body) };
  } catch (error) {
    if (error instanceof RangeError) return { header, fault: error.message };
    throw error;
  }
}

function recordOf(words: Uint8Array): Readonly<Record<string, unknown>> {
  const text = new TextDecoder().decode(words);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // no JSON either
  }
  return isRecord(value)
    ? value
    : refuse('message', 'the header must be a JSON object', JSON.stringify(text.slice(0, 60)));
}

/** The arrays where they lie: views. */
function arraysOf(listed: unknown, body: ArrayBuffer): Map<string, NamedArray> {
  if (!Array.isArray(listed)) refuse('message', 'arrays must be a list', JSON.stringify(listed));
  const arrays = new Map<string, NamedArray>();
  let at = 0;
  for (const entry of listed) {
    const { name, type, shape, length } = entryOf(entry);
    if (arrays.has(name)) refuse('message', 'names of arrays must be distinct', `${name} twice`);
    const bytes = 4 * length;
    if (at + bytes > body.byteLength) {
      refuse('message', `the arrays up to ${name} must be of at most ${body.byteLength} bytes`, at + bytes);
    }
    arrays.set(name, { shape, data: new TYPES[type](body, at, length) });
    at += padded(bytes);
  }
  if (at !== body.byteLength) refuse('message', `the body must be ${at} bytes, as listed`, body.byteLength);
  return arrays;
}

function entryOf(entry: unknown) {
  const { name, type, shape }: Readonly<Record<string, unknown>> = isRecord(entry) ? entry : {};
  if (typeof name !== 'string') return refuse('message', 'an array must have a name', JSON.stringify(entry));
  if (!isTypeName(type)) {
    return refuse('message', `${name} must be of ${Object.keys(TYPES).join(' or ')}`, JSON.stringify(type));
  }
  if (!Array.isArray(shape) || !shape.every(isLength)) {
    return refuse('message', `the shape of ${name} must be whole numbers`, JSON.stringify(shape));
  }
  return { name, type, shape, length: shape.reduce((product, side) => product * side, 1) };
}

function isLength(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function padded(bytes: number): number {
  return 8 * Math.ceil(bytes / 8);
}
