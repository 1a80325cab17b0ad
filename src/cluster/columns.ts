import { join } from 'node:path';
import { refuse } from '../core/check.ts';
import type { Columns } from '../neighbors/graph-of-rows.ts';
import { readContent, writeContent } from './content.ts';
import { isThere } from './there.ts';

/** Leaves in a job's folder what is known of every row of the corpus. */
export async function writeColumns(folder: string, { ids, classes }: Columns): Promise<void> {
  const path = columnsPath(folder);
  if (await isThere(path)) return;
  await writeContent(path, { header: {}, arrays: { ids, ...(classes && { classes }) } });
}

export async function readColumns(folder: string): Promise<Columns> {
  const { ids, classes } = (await readContent(columnsPath(folder))).arrays;
  return {
    ids: ids instanceof Uint32Array ? ids : refuse(columnsPath(folder), 'must have ids', 'none'),
    classes: classes instanceof Int32Array ? classes : undefined,
  };
}

function columnsPath(folder: string): string {
  return join(folder, 'columns');
}
