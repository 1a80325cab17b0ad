import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { FLOAT_ROWS, readNpyHeader } from './npy-header.ts';
import { chunksOf, type OpenRows, openRowsOf, type ReadRowsOptions } from './open-rows.ts';

const ROWS = { ...FLOAT_ROWS, dimensions: '1-d or 2-d' } as const;

/**
 * The names of the arrays of a .npz file, in its order.
 *
 * @throws RangeError if the file is missing or no zip archive
 */
export async function npzNames(path: string): Promise<readonly string[]> {
  return withZip(path, async (zip) => (await arraysOf(zip)).map(({ name }) => name));
}

/**
 * An array of a .npz file, as `openNpyRows` would open it by itself. Without a name, of a file that has one array. Stored arrays
 * (`numpy.savez`) are read where they are; packed ones (`savez_compressed`) are first unpacked into a temporary file.
 *
 * @throws RangeError if the file or the array is missing or of another kind, or what is packed does not have its checksum
 */
export async function openNpzRows(path: string, name?: string): Promise<OpenRows> {
  const where = name === undefined ? path : `${path}: array '${name}'`;
  return withZip(path, async (zip) => {
    const entry = oneOf(path, await arraysOf(zip), name);
    if (entry.isEncrypted()) refuse(where, 'must not be encrypted', 'encrypted');
    if (entry.compressionMethod === 8) return unpacked(zip, entry, where);
    if (entry.compressionMethod !== 0)
      refuse(where, 'must be stored or deflated', `method ${entry.compressionMethod}`);
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const part = { start: fileDataStart, size: entry.uncompressedSize };
    return openRowsOf(where, path, (file) => readNpyHeader(file, where, ROWS, part));
  });
}

/**
 * The rows of such an array in chunks.
 *
 * @throws RangeError as `openNpzRows`, or if a value is not finite or, rounded to float32, would not be
 */
export async function* readNpz(
  path: string,
  name?: string,
  options: ReadRowsOptions = {},
): AsyncGenerator<Matrix, void, undefined> {
  yield* chunksOf('readNpz', () => openNpzRows(path, name), options);
}

interface NamedEntry {
  readonly name: string;
  readonly entry: Entry;
}

/** Whatever is wrong with the archive is told of the file. */
async function withZip<Result>(path: string, body: (zip: ZipFile) => Promise<Result>): Promise<Result> {
  const wrong = (error: unknown): never =>
    error instanceof RangeError
      ? raise(error)
      : refuse(path, 'must be a .npz file', error instanceof Error ? error.message : error);
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch(wrong);
  try {
    return await body(zip).catch(wrong);
  } finally {
    zip.close();
  }
}

function raise(error: Error): never {
  throw error;
}

async function arraysOf(zip: ZipFile): Promise<readonly NamedEntry[]> {
  const arrays: NamedEntry[] = [];
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('.npy')) arrays.push({ name: entry.fileName.slice(0, -4), entry });
  }
  return arrays;
}

function oneOf(path: string, arrays: readonly NamedEntry[], name: string | undefined): Entry {
  const found = arrays.filter((array) => name === undefined || array.name === name);
  if (found.length === 1) return found[0].entry;
  const names = arrays.map(({ name }) => name).join(', ') || 'none';
  return refuse(
    path,
    name === undefined ? 'must have one array where none is named' : `must have the array '${name}' once`,
    names,
  );
}

async function unpacked(zip: ZipFile, entry: Entry, where: string): Promise<OpenRows> {
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-npz-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const plain = join(folder, 'array.npy');
    let sum = 0;
    const checked = async function* (pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const piece of pieces) {
        sum = crc32(piece, sum);
        yield piece;
      }
    };
    await pipeline(await zip.openReadStreamPromise(entry), checked, createWriteStream(plain));
    if (sum !== entry.crc32) refuse(where, 'must have the checksum it was packed with', 'another');
    const rows = await openRowsOf(where, plain, (file) => readNpyHeader(file, where, ROWS));
    return {
      ...rows,
      async close() {
        await rows.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
