import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);

describe('the README', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  it.each(examples.map((code, i) => [i + 1, code] as const))(
    'has an example %i that runs as it stands and prints numbers',
    async (i, code) => {
      // inside the package, so that `nearmiss` is what a user would import
      const file = join(root, 'build', 'readme', `example-${i}.mjs`);
      await mkdir(join(root, 'build', 'readme'), { recursive: true });
      await writeFile(file, code);
      const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: root });
      expect(stdout).toMatch(/\d\.\d/);
      expect(stdout).not.toMatch(/NaN|undefined/);
    },
    240_000,
  );
});
