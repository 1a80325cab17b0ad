import { link, mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refuse } from '../core/check.ts';
import { loadIndex } from '../neighbors/load-index.ts';
import type { NeighborIndex } from '../neighbors/neighbor-index.ts';
import { type Journal, JOURNAL_START, newJournal, openJournal } from './journal.ts';
import type { Message } from './message.ts';
import { Unavailable } from './unavailable.ts';

// The folder of a service:
//
//   index-7      the rows as they were when it was written; the greatest number counts, and there is none before the first is written
//   journal-7    what came and went since
//   snapshots/   indexes that were given a name
//   pid          of the process whose folder it is

/** Where a service keeps its rows. Whoever calls `replace` sees to it that nothing is appended meanwhile. */
export interface StoredFolder {
  /** bytes that came since the index was last written */
  readonly journalBytes: number;
  /** whether there are any, or should be */
  readonly changed: boolean;
  /** whether these are so many that the index should be written anew, or could not be written themselves */
  readonly due: boolean;
  /** Done when what came or went is on the disk. */
  append(message: Message): Promise<void>;
  /**
   * Writes the index, from which everything goes on; under a name too, where there is one.
   *
   * @throws RangeError if the name is none; Unavailable if it could not be written, and then all is as it was
   */
  replace(index: NeighborIndex, name?: string): Promise<void>;
  /** @throws RangeError if there is none of that name */
  snapshot(name: string): Promise<NeighborIndex>;
  /** The folder may be another's from then on. */
  close(): Promise<void>;
}

/** What a journal may come to, where the index is no larger. */
const LEAST_DUE = 64 * 2 ** 20;
const MOST_SNAPSHOTS = 100;

/**
 * Opens a folder, which is made where there is none.
 *
 * @param started is handed the index that was written last, where there is one, before `each` is handed what came and went since
 * @throws RangeError if it is another process's, or a file in it is not as it was written
 */
export async function openStoredFolder(
  path: string,
  started: (index: NeighborIndex) => void,
  each: (message: Message) => Promise<void>,
): Promise<StoredFolder> {
  await mkdir(join(path, 'snapshots'), { recursive: true }).catch((error: unknown) =>
    refuse(path, 'must be a folder that can be written', error instanceof Error ? error.message : error),
  );
  await own(path);
  const names = await readdir(path);
  let number = names.reduce((most, name) => Math.max(most, Number(/^index-(\d+)$/.exec(name)?.[1] ?? 0)), 0);
  const journalPath = (): string => join(path, `journal-${number}`);
  const indexPath = (): string => join(path, `index-${number}`);
  if (number > 0) started(await loadIndex(indexPath()));
  let journal: Journal = names.includes(`journal-${number}`)
    ? await openJournal(journalPath(), each)
    : await newJournal(journalPath());
  await removeOthers(path, names, number);
  await syncFolder(path);
  let indexBytes = number > 0 ? (await stat(indexPath())).size : 0;

  return {
    get journalBytes() {
      return journal.bytes;
    },
    get changed() {
      return journal.failed || journal.bytes > JOURNAL_START;
    },
    get due() {
      return journal.failed || journal.bytes > Math.max(LEAST_DUE, indexBytes);
    },
    append: (message) => journal.append(message),
    async replace(index, name) {
      if (name !== undefined) await checkName(path, name);
      const before = { journal, journalPath: journalPath(), indexPath: indexPath() };
      number++;
      let next: Journal | undefined;
      try {
        // an index that is there counts, so that its journal must be there before it
        next = await newJournal(journalPath());
        await index.save(indexPath());
      } catch (error) {
        if (next !== undefined) {
          await next.close();
          await rm(journalPath(), { force: true });
        }
        number--;
        throw new Unavailable(503, error instanceof Error ? error.message : String(error));
      }
      journal = next;
      await syncFolder(path);
      indexBytes = (await stat(indexPath())).size;
      await before.journal.close();
      await rm(before.journalPath, { force: true });
      await rm(before.indexPath, { force: true });
      if (name === undefined) return;
      const named = join(path, 'snapshots', name);
      await rm(named, { force: true });
      await link(indexPath(), named);
      await syncFolder(join(path, 'snapshots'));
    },
    async snapshot(name) {
      const kept = await readdir(join(path, 'snapshots'));
      if (!kept.includes(name)) refuse('restore', 'name must be of a snapshot', JSON.stringify(name));
      return loadIndex(join(path, 'snapshots', name));
    },
    async close() {
      await journal.close();
      await rm(join(path, 'pid'), { force: true });
    },
  };
}

/** A process that is gone has no folder any more. */
async function own(path: string): Promise<void> {
  const file = join(path, 'pid');
  const mine = `${process.pid} ${(await lifeOf(process.pid)) ?? ''}`;
  for (;;) {
    try {
      await writeFile(file, mine, { flag: 'wx' });
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
        refuse(path, 'must be a folder that can be written', error);
      const [pid, life] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
      const lives = Number(pid) === process.pid ? undefined : await lifeOf(Number(pid));
      if (lives !== undefined && lives === life)
        refuse(path, 'must be the folder of one process', `process ${pid}, which ${file} names`);
      await rm(file, { force: true });
    }
  }
}

/** When a process began, as far as the system says; undefined where there is none, or it is dead and nobody has asked how it ended. */
async function lifeOf(pid: number): Promise<string | undefined> {
  if (!(pid > 0)) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // somebody else's is there all the same
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return undefined;
  }
  const said = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state = '', ...fields] = said.slice(said.lastIndexOf(')') + 2).split(' ');
  return 'ZX'.includes(state) && state !== '' ? undefined : (fields[18] ?? '');
}

async function checkName(path: string, name: string): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name))
    refuse('snapshot', 'name must be of letters, digits, - and _, at most 64', JSON.stringify(name));
  const kept = await readdir(join(path, 'snapshots'));
  if (!kept.includes(name) && kept.length >= MOST_SNAPSHOTS)
    refuse(
      'snapshot',
      `there must be at most ${MOST_SNAPSHOTS} names, whose files may be removed`,
      'one more',
    );
}

/** What a death left behind. */
async function removeOthers(path: string, names: readonly string[], number: number): Promise<void> {
  for (const name of names) {
    const [, of] = /^(?:index|journal)-(\d+)(?:\..*\.tmp)?$/.exec(name) ?? [];
    if (of === undefined || (Number(of) === number && !name.endsWith('.tmp'))) continue;
    await rm(join(path, name), { force: true });
  }
}

/** Names of files are on the disk too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
