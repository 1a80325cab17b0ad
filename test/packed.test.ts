import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const top = fileURLToPath(new URL('..', import.meta.url));

/** What a user of the package would write; its kernels are no public name. */
const PROGRAM = `
  import { fromRows, infoNce } from 'nearmiss';
  import { pathToFileURL } from 'node:url';
  const { kernels } = await import(pathToFileURL('node_modules/nearmiss/dist/src/kernels/active.js'));
  const rows = fromRows([[1, 0], [0, 1]]);
  console.log(kernels.name);
  // each row is its own positive, at right angles to the other: log(1 + 1 / e)
  console.log(infoNce({ temperature: 1 })({ anchors: rows, positives: rows }).value.toFixed(4));
`;

describe.skipIf(process.env.NEARMISS_SLOW === undefined)(
  'the packed package (skipped without NEARMISS_SLOW=1: it installs, from the registry, and compiles)',
  () => {
    let folder = '';
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'nearmiss-packed-'));
      // npm test has built dist
      await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: top });
      await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
      await writeFile(join(folder, 'program.js'), PROGRAM);
    }, 60_000);
    afterAll(() => rm(folder, { recursive: true, force: true }));

    /** Without hnswlib-node, which is optional and takes as long again to compile. */
    async function install(env: NodeJS.ProcessEnv = {}): Promise<string> {
      await rm(join(folder, 'node_modules'), { recursive: true, force: true });
      const archive = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
      const words = ['install', '--omit=optional', '--foreground-scripts', '--no-audit', '--no-fund'];
      const options = { cwd: folder, env: { ...process.env, ...env } };
      const { stdout } = await run('npm', [...words, ...archive.map((name) => `./${name}`)], options);
      return stdout;
    }

    const program = () => run(process.execPath, ['program.js'], { cwd: folder });

    it('installs in an empty folder, builds its kernels there and runs on them', async () => {
      await install();
      const { stdout, stderr } = await program();
      expect(stdout).toMatch(/^native \(\w+, \d+ threads\)\n0\.3133\n$/);
      expect(stderr).toBe('');
    }, 300_000);

    it('installs where nothing can be compiled, says so in one line and runs on the plain kernels', async () => {
      const said = await install({ CXX: 'no-compiler', CC: 'no-compiler' });
      expect(said).toMatch(/^nearmiss: no native kernels could be built$/m);
      const { stdout, stderr } = await program();
      expect(stdout).toBe('plain\n0.3133\n');
      expect(stderr.trimEnd().split('\n')).toEqual([
        'nearmiss: the native kernels are not built (it takes a C++ compiler at install); using the plain ones',
      ]);
    }, 300_000);
  },
);
