import { type FileHandle, open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';
import { refuse } from '../core/check.ts';
import { pauses } from '../core/patience.ts';
import { bytesOf } from './bytes-of.ts';
import { wholeFile, type WholeFileOptions } from './whole-file.ts';

/** Arrays by name, in the order they are written. */
export type Arrays = Readonly<Record<string, CheckedArray>>;
export type CheckedArray = Float32Array | Uint32Array | Int32Array | Uint8Array;

export interface CheckedContent {
  /** plain JSON */
  readonly header: Readonly<Record<string, unknown>>;
  readonly arrays: Arrays;
}

export interface CheckedKind {
  /** what the file is, in at most 8 ASCII characters: its first bytes */
  readonly magic: string;
  /** of its layout; files of another are refused */
  readonly version: number;
}

/*
 * magic, 8 bytes · version, 4 · length of the header, 4 · CRC-32 of those 16 bytes and of all that follows, 4 · the header, JSON in UTF-8 with
 * the arrays' names, types and lengths · the arrays. Numbers are little-endian.
 *
 * The checksum tells damage, not forgery: SHA-256 took three times as long, in which a training stood still.
 */
const FIXED = 20;
/** Bytes between two looks at what else there is to do. */
const PIECE = 1 << 22;
const MOST_HEADER = 1 << 20;

/**
 * Writes a file that is there in full or not at all, and that `readChecked` can tell from one that was cut off or altered.
 *
 * @throws RangeError if a file cannot be made there
 */
export async function writeChecked(
  path: string,
  kind: CheckedKind,
  content: CheckedContent,
  options: WholeFileOptions = {},
): Promise<void> {
  const listed = Object.entries(content.arrays).map(([name, array]) => [name, typeOf(array), array.length]);
  const header = Buffer.from(JSON.stringify({ ...content.header, arrays: listed }));
  const fixed = Buffer.alloc(FIXED);
  fixed.write(kind.magic.padEnd(8, '\0'), 'latin1');
  fixed.writeUInt32LE(kind.version, 8);
  fixed.writeUInt32LE(header.length, 12);
  let checksum = crc32(header, crc32(fixed.subarray(0, 16)));
  const pause = pauses();
  for (const piece of piecesOf(content.arrays)) {
    checksum = crc32(piece, checksum);
    await pause();
  }
  fixed.writeUInt32LE(checksum, 16);
  const arrays = Object.values(content.arrays).map(bytesOf);
  await wholeFile(path, (write) => write(fixed, header, ...arrays), options);
}

/**
 * The header and arrays of such a file.
 *
 * @throws RangeError, naming the file, if it is none of this kind and version, or not as it was written
 */
export async function readChecked(path: string, kind: CheckedKind): Promise<CheckedContent> {
  const file = await open(path).catch((error: unknown) =>
    refuse(path, 'must be a file that can be read', error instanceof Error ? error.message : error),
  );
  try {
    const { size } = await file.stat();
    const fixed = await bytesAt(file, path, 0, Math.min(FIXED, size));
    if (fixed.length < FIXED || fixed.toString('latin1', 0, 8).replace(/\0+$/, '') !== kind.magic)
      return refuse(path, `must be a file of kind ${kind.magic}`, 'another, or one that was cut off');
    const version = fixed.readUInt32LE(8);
    if (version !== kind.version) return refuse(path, `must be of version ${kind.version}`, version);
    const headerBytes = fixed.readUInt32LE(12);
    if (headerBytes > MOST_HEADER || FIXED + headerBytes > size)
      return refuse(path, 'must be as it was written', 'a file that was altered or cut off');
    const header = await bytesAt(file, path, FIXED, headerBytes);
    const begun = crc32(header, crc32(fixed.subarray(0, 16)));
    const { arrays: listed, ...rest } = parsed(path, header);
    const arrays = emptyArrays(path, listed, size - FIXED - headerBytes);
    const checksum = await fill(file, path, FIXED + headerBytes, arrays, begun);
    if (checksum !== fixed.readUInt32LE(16))
      return refuse(path, 'must be as it was written', 'another checksum: the file was altered');
    return { header: rest, arrays };
  } finally {
    await file.close();
  }
}

/** Reads the arrays. @returns the checksum that was begun, with theirs */
async function fill(
  file: FileHandle,
  path: string,
  from: number,
  arrays: Arrays,
  begun: number,
): Promise<number> {
  let at = from;
  let checksum = begun;
  const pause = pauses();
  for (const piece of piecesOf(arrays)) {
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead < piece.length) return refuse(path, 'must be as it was written', 'a file that was cut off');
    at += piece.length;
    checksum = crc32(piece, checksum);
    await pause();
  }
  return checksum;
}

async function bytesAt(file: FileHandle, path: string, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  return bytesRead === length ? bytes : refuse(path, 'must be as it was written', 'a file that was cut off');
}

function parsed(path: string, header: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(header.toString());
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value));
  } catch {
    // told below
  }
  return refuse(path, 'must be as it was written', 'a header that is no JSON object');
}

const MAKERS: ReadonlyMap<unknown, (length: number) => CheckedArray> = new Map([
  ['f4', (length: number): CheckedArray => new Float32Array(length)],
  ['u4', (length: number): CheckedArray => new Uint32Array(length)],
  ['i4', (length: number): CheckedArray => new Int32Array(length)],
  ['u1', (length: number): CheckedArray => new Uint8Array(length)],
]);

function typeOf(array: CheckedArray): string {
  if (array instanceof Float32Array) return 'f4';
  if (array instanceof Uint32Array) return 'u4';
  return array instanceof Int32Array ? 'i4' : 'u1';
}

/** Room for what a header lists, which must come to as many bytes as the file has for it. */
function emptyArrays(path: string, listed: unknown, bytes: number): Arrays {
  const wrong = (): never => refuse(path, 'must be as it was written', 'a file that was altered or cut off');
  if (!Array.isArray(listed)) return wrong();
  const entries = listed.map((entry: unknown) => {
    if (!Array.isArray(entry)) return wrong();
    const [name, type, length]: unknown[] = entry;
    const make = MAKERS.get(type);
    if (typeof name !== 'string' || make === undefined) return wrong();
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) return wrong();
    return { name, make, length, bytes: length * (type === 'u1' ? 1 : 4) };
  });
  if (entries.reduce((sum, entry) => sum + entry.bytes, 0) !== bytes) return wrong();
  return Object.fromEntries(entries.map(({ name, make, length }) => [name, make(length)]));
}

/** The bytes of all arrays, some megabytes at a time: views. */
function* piecesOf(arrays: Arrays): Generator<Uint8Array> {
  if (endianness() !== 'LE')
    throw new Error('checked files are read and written on little-endian machines only');
  for (const bytes of Object.values(arrays).map(bytesOf)) {
    for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
  }
}
