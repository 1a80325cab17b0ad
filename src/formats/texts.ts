import { createReadStream, createWriteStream, readSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { refuse } from '../core/check.ts';
import { titled } from './text-chunks.ts';

/** The texts of a .jsonl, read as they are wanted. */
export interface Texts {
  /** The texts of records of these numbers, counted from 0: the title, where there is one, and the text. */
  of(rows: ArrayLike<number>): Promise<string[]>;
  close(): Promise<void>;
}

const NEWLINE = 10;
const SPACE = 32;

/**
 * Finds where each record of a .jsonl begins and keeps that alone in memory. What is packed is first unpacked into a temporary file.
 *
 * @throws RangeError if the file cannot be read
 */
export async function openTexts(path: string): Promise<Texts> {
  const { plain, remove } = path.endsWith('.gz')
    ? await unpacked(path)
    : { plain: path, remove: async () => {} };
  const file = await open(plain);
  const records = await recordsOf(plain);
  return {
    async of(rows) {
      const texts: string[] = [];
      for (let i = 0; i < rows.length; i++) {
        const [start, end] = [records[2 * rows[i]], records[2 * rows[i] + 1]];
        // at once: what is small is read faster than a promise of it is kept
        const bytes = new Uint8Array(end - start);
        if (readSync(file.fd, bytes, 0, bytes.length, start) < bytes.length)
          refuse(path, 'must stay as it was', 'a shorter file');
        const record: unknown = JSON.parse(new TextDecoder().decode(bytes));
        texts.push(titled(stringAt(record, 'title'), stringAt(record, 'text')));
      }
      return texts;
    },
    async close() {
      await file.close();
      await remove();
    },
  };
}

function stringAt(record: unknown, name: string): string {
  const value: unknown =
    typeof record === 'object' && record !== null ? Reflect.get(record, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** Where each line that is not blank begins and ends. */
async function recordsOf(path: string): Promise<Float64Array> {
  let places = new Float64Array(1024);
  let count = 0;
  let [position, start, blank] = [0, 0, true];
  const end = (at: number): void => {
    if (!blank) {
      if (count === places.length) {
        const more = new Float64Array(2 * count);
        more.set(places);
        places = more;
      }
      places[count++] = start;
      places[count++] = at;
    }
    [start, blank] = [at + 1, true];
  };
  for await (const piece of createReadStream(path)) {
    const bytes: Uint8Array = piece;
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === NEWLINE) end(position + i);
      else if (bytes[i] > SPACE) blank = false;
    }
    position += bytes.length;
  }
  end(position);
  return places.slice(0, count);
}

async function unpacked(path: string): Promise<{ readonly plain: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-texts-'));
  const plain = join(folder, 'texts.jsonl');
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(createReadStream(path), createGunzip(), createWriteStream(plain));
  } catch (error) {
    await remove();
    return refuse(
      path,
      'must be a file that can be unpacked',
      error instanceof Error ? error.message : error,
    );
  }
  return { plain, remove };
}
