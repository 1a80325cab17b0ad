import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openApi } from '../src/service/open-api.ts';
import { page } from './losses/page.ts';

/** Writes the pages that are made from what the code says. */
await writeFile(join('docs', 'choosing-a-loss.md'), page());
await writeFile(join('docs', 'openapi.json'), `${JSON.stringify(openApi(), undefined, 2)}\n`);
