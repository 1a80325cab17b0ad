import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { refuse } from '../core/check.ts';
import { said } from './connect.ts';
import type { Task } from './plan.ts';
import { WEEK } from './streams.ts';

/** How the folders of jobs are called. */
const NAME = 'nearmiss-job-';

/**
 * The folder of a job, on storage that every worker sees under the same path.
 *
 * @throws RangeError if it cannot be made
 */
export async function jobFolder(storage: string, job: string): Promise<string> {
  const folder = join(storage, `${NAME}${job}`);
  await mkdir(folder, { recursive: true }).catch((error: unknown) =>
    refuse(storage, 'must be where a folder can be made', said(error)),
  );
  await forgetOld(storage);
  return folder;
}

/** Removes what jobs left behind that nobody came back for, as the streams do. */
async function forgetOld(storage: string): Promise<void> {
  for (const name of await readdir(storage)) {
    if (!name.startsWith(NAME)) continue;
    const path = join(storage, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > WEEK / 1e6) await rm(path, { recursive: true, force: true });
  }
}

export function inputPath({ folder, input }: Pick<Task, 'folder' | 'input'>): string {
  return join(folder, `${input}.input`);
}

export function resultPath({ folder, input, part }: Pick<Task, 'folder' | 'input' | 'part'>): string {
  return join(folder, `${input}.${part}.result`);
}
