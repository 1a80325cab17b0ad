import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { refuse } from '../core/check.ts';
import { fill } from '../formats/fill.ts';
import { framed, messages } from './frames.ts';
import type { Message } from './message.ts';
import { Unavailable } from './unavailable.ts';

// A journal: 'nmjrnl01', then records, each of what was written at one time:
//
//   0  uint32: CRC-32 of the messages
//   4  uint32: CRC-32 of the bytes before and after this
//   8  uint64: the bytes of the messages
//  16  messages, as frames.ts has them
//
// All that may be torn by a death is the last record, since each is synced before the next is written.

const MAGIC = 'nmjrnl01';
/** Bytes of a journal without messages. */
export const JOURNAL_START = MAGIC.length;
const HEAD = 16;
/** Bytes after which a record takes no more messages. */
const MOST_RECORD = 32 * 2 ** 20;

export interface Journal {
  /** how long the file is */
  readonly bytes: number;
  /** whether something could not be written */
  readonly failed: boolean;
  /**
   * Done when the message is on the disk. Those that come while others are being written are written together, and synced once.
   *
   * @throws Unavailable if it could not be written; nothing is from then on
   */
  append(message: Message): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

interface Waiting {
  readonly parts: readonly Uint8Array[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Begins a journal, in the place of whatever is there. */
export async function newJournal(path: string): Promise<Journal> {
  const file = await open(path, 'w');
  await file.writeFile(MAGIC);
  await file.sync();
  return journalOf(file, path, MAGIC.length);
}

/**
 * Goes on with a journal, after each of its messages was handed to `each`. What a death left of a last record is cut off: nobody was told
 * that it had been kept.
 *
 * @throws RangeError, naming the file, if it is no journal, or altered
 */
export async function openJournal(path: string, each: (message: Message) => Promise<void>): Promise<Journal> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    // a file of no bytes is one that had just been made
    if (size < MAGIC.length) {
      await file.close();
      return await newJournal(path);
    }
    const magic = new Uint8Array(MAGIC.length);
    await fill(file, path, magic, 0);
    const read = Buffer.from(magic).toString('latin1');
    if (read !== MAGIC) refuse(path, `must begin with '${MAGIC}'`, JSON.stringify(read));
    let at = MAGIC.length;
    for (;;) {
      const record = await recordAt(file, path, at, size);
      if (record === undefined) break;
      for await (const message of messages(Readable.from([record]), Infinity)) {
        if ('fault' in message) refuse(path, 'must be as it was written', message.fault);
        else await each(message);
      }
      at += HEAD + record.length;
    }
    if (at < size) {
      await file.truncate(at);
      await file.sync();
    }
    return journalOf(file, path, at);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The messages of the record there; undefined where it is not whole, or there is none. */
async function recordAt(
  file: FileHandle,
  path: string,
  at: number,
  size: number,
): Promise<Uint8Array | undefined> {
  if (at + HEAD > size) return undefined;
  const head = Buffer.alloc(HEAD);
  await fill(file, path, head, at);
  const altered = (): never => refuse(path, 'must be as it was written', `another checksum at byte ${at}`);
  if (head.readUInt32LE(4) !== checkOf(head)) {
    // the length of a file may be on a disk before its bytes are
    return head.every((byte) => byte === 0) ? undefined : altered();
  }
  const length = Number(head.readBigUInt64LE(8));
  const end = at + HEAD + length;
  if (end > size) return undefined;
  const body = new Uint8Array(length);
  await fill(file, path, body, at + HEAD);
  if (crc32(body) === head.readUInt32LE(0)) return body;
  return end === size ? undefined : altered();
}

/** Of a record's head, but for the four bytes that hold it. */
function checkOf(head: Uint8Array): number {
  return crc32(head.subarray(8), crc32(head.subarray(0, 4)));
}

function journalOf(file: FileHandle, path: string, start: number): Journal {
  let bytes = start;
  let waiting: Waiting[] = [];
  let broken: Unavailable | undefined;
  let writing: Promise<void> | undefined;

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0 && broken === undefined) {
      const some = atOnce(waiting);
      waiting = waiting.slice(some.length);
      try {
        const parts = recordOf(some.flatMap((each) => each.parts));
        await write(file, parts, bytes);
        await file.datasync();
        bytes += parts.reduce((sum, part) => sum + part.length, 0);
        for (const { done } of some) done();
      } catch (error) {
        // after a sync that failed nothing is known of what the disk has
        broken = new Unavailable(503, `${path}: must take what is written, got ${String(error)}`);
        for (const { failed } of [...some, ...waiting]) failed(broken);
        waiting = [];
      }
    }
    writing = undefined;
  };

  return {
    get bytes() {
      return bytes;
    },
    get failed() {
      return broken !== undefined;
    },
    append(message) {
      return new Promise((done, failed) => {
        if (broken !== undefined) {
          failed(broken);
          return;
        }
        waiting.push({ parts: framed(message), done, failed });
        writing ??= writeAll();
      });
    },
    async close() {
      await writing;
      await file.close();
    },
  };
}

/** The first of them, of so many bytes that they fit a record; one at least. */
function atOnce(waiting: readonly Waiting[]): readonly Waiting[] {
  let bytes = 0;
  const end = waiting.findIndex(({ parts }) => {
    const full = bytes >= MOST_RECORD;
    for (const { length } of parts) bytes += length;
    return full;
  });
  return end < 0 ? waiting : waiting.slice(0, end);
}

function recordOf(parts: readonly Uint8Array[]): Uint8Array[] {
  const head = Buffer.alloc(HEAD);
  let [check, bytes] = [0, 0];
  for (const part of parts) {
    // zlib takes no bytes at no place for a beginning
    if (part.length > 0) check = crc32(part, check);
    bytes += part.length;
  }
  head.writeUInt32LE(check, 0);
  head.writeBigUInt64LE(BigInt(bytes), 8);
  head.writeUInt32LE(checkOf(head), 4);
  return [head, ...parts];
}

/** One call of the system takes 1,024 pieces at most, and may write a part of them. */
async function write(file: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  let at = position;
  for (let first = 0; first < parts.length; first += 1024) {
    let rest = parts.slice(first, first + 1024).filter(({ length }) => length > 0);
    while (rest.length > 0) {
      const { bytesWritten } = await file.writev(rest, at);
      at += bytesWritten;
      rest = without(rest, bytesWritten);
    }
  }
}

/** What is left of some pieces after so many bytes. */
function without(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let over = bytes;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (over < part.length) rest.push(part.subarray(over));
    over = Math.max(0, over - part.length);
  }
  return rest;
}
