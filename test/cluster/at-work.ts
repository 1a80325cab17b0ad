import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { cli, type Outcome } from '../pipelines/command.ts';

/** Whether there are servers to be had on this machine. */
export const installed = spawnSync('nats-server', ['--version']).status === 0;

export const SKIPPED = 'skipped where there is no nats-server: apt-get install nats-server';

/** A command that goes on by itself. */
export interface Started {
  readonly child: ChildProcess;
  /** what it has said so far */
  said(): string;
  readonly ended: Promise<Outcome>;
}

export function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [cli, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code, stdout, stderr }));
  return { child, said: () => stderr, ended };
}

/** Starts workers and waits until they wait for tasks. */
export async function startWorkers(
  urls: string,
  count: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Started[]> {
  const workers = Array.from({ length: count }, () => start(['work', '--nats', urls], env));
  for (const { said } of workers) await until(() => said().includes('waits for tasks'));
  return workers;
}

/** Ends what has not ended; what each ended with. */
export async function endAll(started: readonly Started[]): Promise<readonly Outcome[]> {
  for (const { child } of started) {
    child.kill('SIGCONT');
    child.kill('SIGTERM');
  }
  return Promise.all(started.map(({ ended }) => ended));
}

export async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await met())) await setTimeout(5);
}

/** How many results of the jobs there are. */
export async function resultsIn(storage: string): Promise<number> {
  const names = await readdir(storage, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.result')).length;
}

/** Every file of a folder, byte for byte. */
export async function bytesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).sort();
  const bytes = await Promise.all(names.map((name) => readFile(join(folder, name), 'base64')));
  return Object.fromEntries(names.map((name, i) => [name, bytes[i]]));
}
