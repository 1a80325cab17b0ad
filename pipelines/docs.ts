import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { page } from './losses/page.ts';

/** Writes the pages that are made from what the code says. */
await writeFile(join('docs', 'choosing-a-loss.md'), page());
