import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { refuse } from '../../src/core/check.ts';
import { wholeFile } from '../../src/formats/whole-file.ts';

/**
 * Work in pieces that outlives the process: each piece is written to files of its own, synced, and counts once its summary is there.
 * Whatever moment a process ends at, the next one goes on after the last piece that counts, and what is put together is the same.
 */
export interface Shards {
  /** How many pieces, from the first on, are done. */
  readonly done: number;
  /** Writes the files of a piece, and then its summary, which is asked for when they are there. */
  write(piece: number, files: Readonly<Record<string, Body>>, summary: () => object): Promise<void>;
  /** The summaries of so many pieces. */
  summaries(pieces: number): AsyncGenerator<unknown, void, undefined>;
  /** Puts the files of a name together, whole, where they were asked for. */
  assemble(name: string, pieces: number, out: string, signal: AbortSignal): Promise<void>;
  /** Removes the folder. */
  remove(): Promise<void>;
}

export type Body = (write: (text: string) => Promise<void>) => Promise<void>;

const MANIFEST = 'manifest.json';

/**
 * Begins such work in a folder, or goes on with it.
 *
 * @throws RangeError if the folder has pieces of other work, which the manifest says
 */
export async function openShards(
  command: string,
  folder: string,
  manifest: Readonly<Record<string, unknown>>,
): Promise<Shards> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await mkdir(folder, { recursive: true }).catch((error: unknown) =>
    refuse(folder, 'must be where a folder can be made', error instanceof Error ? error.message : error),
  );
  // what an ended process was writing
  const there = await readdir(folder);
  for (const name of there) if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
  const before = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (before === undefined && there.some((name) => !name.endsWith('.tmp')))
    refuse(command, `${folder} must be of an interrupted run`, 'another folder');
  if (before !== undefined && before !== text) {
    const other = `one of other ${differing(before, manifest).join(', ')}`;
    refuse(command, `the interrupted run in ${folder} must be this one, or be removed`, other);
  }
  if (before === undefined) {
    await wholeFile(join(folder, MANIFEST), (write) => write(text));
    await syncFolder(folder);
    await syncFolder(dirname(folder));
  }
  const names = new Set(there);
  let done = 0;
  while (names.has(`${numbered(done)}.json`)) done++;

  return {
    done,
    async write(piece, files, summary) {
      for (const [name, body] of Object.entries(files)) {
        await wholeFile(join(folder, `${numbered(piece)}.${name}`), body);
      }
      await syncFolder(folder);
      await wholeFile(join(folder, `${numbered(piece)}.json`), (write) => write(JSON.stringify(summary())));
      await syncFolder(folder);
    },
    async *summaries(pieces) {
      for (let piece = 0; piece < pieces; piece++) {
        const summary: unknown = JSON.parse(await readFile(join(folder, `${numbered(piece)}.json`), 'utf8'));
        yield summary;
      }
    },
    async assemble(name, pieces, out, signal) {
      const whole = join(folder, `${name}.whole`);
      await wholeFile(
        whole,
        async (write) => {
          for (let piece = 0; piece < pieces; piece++) {
            for await (const part of createReadStream(join(folder, `${numbered(piece)}.${name}`)))
              await write(part);
          }
        },
        { signal },
      );
      await rename(whole, out);
      await syncFolder(dirname(out));
    },
    async remove() {
      // the manifest last: while it is there the rest may be half gone
      for (const name of await readdir(folder)) if (name !== MANIFEST) await rm(join(folder, name));
      await rm(join(folder, MANIFEST));
      await rmdir(folder);
    },
  };
}

function numbered(piece: number): string {
  return String(piece).padStart(6, '0');
}

function differing(before: string, manifest: Readonly<Record<string, unknown>>): string[] {
  const old: unknown = JSON.parse(before);
  const entries = new Map(typeof old === 'object' && old !== null ? Object.entries(old) : []);
  const names = new Set([...entries.keys(), ...Object.keys(manifest)]);
  return [...names].filter((name) => JSON.stringify(entries.get(name)) !== JSON.stringify(manifest[name]));
}

/** What was renamed in a folder is there after a power cut, too; where folders cannot be synced it is not worse than before. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder === '' ? '.' : folder).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
