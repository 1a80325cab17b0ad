import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { refuse } from '../core/check.ts';

/** A file as a job found it: what a worker reads must be the same. */
export interface Found {
  readonly path: string;
  readonly size: number;
  /** milliseconds of the epoch */
  readonly modified: number;
}

/** @throws RangeError if there is no such file */
export async function foundFile(path: string): Promise<Found> {
  const { size, mtimeMs } = await stat(path).catch(() =>
    refuse(path, 'must be a file that can be read', 'none'),
  );
  return { path: resolve(path), size, modified: mtimeMs };
}

/** @throws RangeError if the file is another than the job found */
export async function checkFound({ path, size, modified }: Found): Promise<void> {
  const now = await foundFile(path);
  if (now.size === size && now.modified === modified) return;
  const other = `${now.size} bytes of ${new Date(now.modified).toISOString()}`;
  refuse(path, `must be as the job found it, ${size} bytes of ${new Date(modified).toISOString()}`, other);
}
