import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Outcome, start, type Started } from '../pipelines/command.ts';

/** Whether there are servers to be had on this machine. */
export const installed = spawnSync('nats-server', ['--version']).status === 0;

export const SKIPPED = 'skipped where there is no nats-server: apt-get install nats-server';

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
