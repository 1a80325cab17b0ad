import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';

/** A file that another library wrote: test/fixtures/formats/README.md says which. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/formats/${name}`, import.meta.url));
}

/** A folder that is there while the tests of a file run, and what is written into it. */
export function scratch() {
  let folder = '';
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'nearmiss-test-'))));
  afterAll(() => rm(folder, { recursive: true }));
  return {
    path: (name: string): string => join(folder, name),
    async write(name: string, bytes: Uint8Array | string): Promise<string> {
      await writeFile(join(folder, name), bytes);
      return join(folder, name);
    },
  };
}

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
