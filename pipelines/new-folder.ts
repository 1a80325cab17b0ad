import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { refuse } from '../src/core/check.ts';

/**
 * Refuses a folder that cannot be made, or that has something in it.
 *
 * @throws RangeError then
 */
export async function checkNewFolder(command: string, out: string): Promise<void> {
  const parent = await stat(dirname(resolve(out))).catch(() => undefined);
  if (parent?.isDirectory() !== true) refuse(command, '--out must be in a folder that exists', out);
  const there = await readdir(out).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? [] : [out],
  );
  if (there.length > 0) refuse(command, '--out must be a new folder, or an empty one', out);
}

/** Fills a folder beside `out` that takes its place when `body` is done; when it throws, or the process exits, nothing is left. */
export async function wholeFolder<Result>(
  out: string,
  body: (folder: string) => Promise<Result>,
): Promise<Result> {
  const temporary = `${resolve(out)}.${randomUUID()}.tmp`;
  const clear = (): void => rmSync(temporary, { recursive: true, force: true });
  process.once('exit', clear);
  try {
    await mkdir(temporary);
    const result = await body(temporary);
    await rename(temporary, out);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  } finally {
    process.off('exit', clear);
  }
}
