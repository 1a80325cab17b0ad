import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newJournal, openJournal } from '../../src/service/journal.ts';
import type { Message } from '../../src/service/message.ts';
import { bytes, list, message } from './messages.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'journal-'))));
afterAll(() => rm(folder, { recursive: true }));

const numbered = (i: number): Message => message({ i }, { a: list(Float32Array.of(i, 0.5, -i)) });

async function read(path: string): Promise<Message[]> {
  const found: Message[] = [];
  const journal = await openJournal(path, async (each) => void found.push(each));
  await journal.close();
  return found;
}

/** A journal of three records of one message each, and where each ends. */
async function three(path: string): Promise<number[]> {
  const journal = await newJournal(path);
  const ends = [journal.bytes];
  for (const i of [1, 2, 3]) {
    await journal.append(numbered(i));
    ends.push(journal.bytes);
  }
  await journal.close();
  return ends;
}

describe('a journal', () => {
  it('gives back what was appended, in order, and goes on', async () => {
    const path = join(folder, 'on');
    await three(path);
    const journal = await openJournal(path, async () => undefined);
    await journal.append(numbered(4));
    await journal.close();
    expect(await read(path)).toEqual([1, 2, 3, 4].map(numbered));
  });

  it('writes together what comes while it writes', async () => {
    const path = join(folder, 'together');
    const journal = await newJournal(path);
    await Promise.all(Array.from({ length: 32 }, (_, i) => journal.append(numbered(i))));
    await journal.close();
    const each = bytes(numbered(0)).length;
    // the first alone, the 31 others as one: each record has 16 bytes before it
    expect((await readFile(path)).length).toBe(
      8 +
        16 +
        each +
        16 +
        Array.from({ length: 31 }, (_, i) => bytes(numbered(i + 1)).length).reduce((a, b) => a + b),
    );
    expect(await read(path)).toEqual(Array.from({ length: 32 }, (_, i) => numbered(i)));
  });

  it('takes arrays of nothing', async () => {
    const path = join(folder, 'nothing');
    const all = [numbered(1), message({}, { a: list(new Uint32Array(0)) }), numbered(2)];
    const journal = await newJournal(path);
    await Promise.all(all.map((each) => journal.append(each)));
    await journal.append(message({}, { a: list(new Uint32Array(0)) }));
    await journal.close();
    expect(await read(path)).toEqual([...all, all[1]]);
  });

  it('says so where it cannot be written, and takes nothing from then on', async () => {
    const path = join(folder, 'closed');
    const journal = await newJournal(path);
    await journal.close();
    for (let i = 0; i < 2; i++)
      await expect(journal.append(numbered(i))).rejects.toMatchObject({
        status: 503,
        message: expect.stringMatching(`^${path}: must take what is written, got `),
      });
  });

  it('begins where a death left it, wherever that was', async () => {
    const path = join(folder, 'torn');
    const ends = await three(path);
    const all = await readFile(path);
    for (let length = 0; length < all.length; length += 3) {
      await writeFile(path, all.subarray(0, length));
      const whole = ends.filter((end) => end <= length).length - 1;
      expect(await read(path)).toEqual([1, 2, 3].slice(0, Math.max(0, whole)).map(numbered));
      // what was torn is gone, so that what comes next can be read
      const journal = await openJournal(path, async () => undefined);
      await journal.append(numbered(9));
      await journal.close();
      expect((await read(path)).at(-1)).toEqual(numbered(9));
    }
  });

  it('takes a last record whose bytes never came, as zeros or others, for torn', async () => {
    const path = join(folder, 'zeros');
    const ends = await three(path);
    const all = await readFile(path);
    await writeFile(path, Buffer.concat([all, new Uint8Array(64)]));
    expect(await read(path)).toHaveLength(3);
    all[ends[2] + 30] ^= 1;
    await writeFile(path, all);
    expect(await read(path)).toEqual([1, 2].map(numbered));
  });

  it('refuses what was altered where more follows, and what is no journal', async () => {
    const path = join(folder, 'altered');
    const ends = await three(path);
    const all = await readFile(path);
    // a record's head, where a length that is wrong would hide all that follows, and its messages
    for (const at of [8, 16, 20, 40]) {
      const altered = Buffer.from(all);
      altered[ends[0] - 8 + at] ^= 1;
      await writeFile(path, altered);
      await expect(read(path)).rejects.toThrow(
        `${path}: must be as it was written, got another checksum at byte ${ends[0]}`,
      );
    }
    await writeFile(path, 'something else');
    await expect(read(path)).rejects.toThrow(`${path}: must begin with 'nmjrnl01', got "somethin"`);
  });
});
