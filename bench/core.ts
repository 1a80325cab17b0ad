import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOneOf, checkWhole } from '../src/core/check.ts';
import { pythonWith } from './peer.ts';
import { HEADING } from './rows.ts';
import { TASKS } from './tasks/tasks.ts';

export const CORE_OPTIONS = {
  json: { type: 'boolean', describe: 'one JSON object a line', default: false },
  task: { type: 'string', array: true, describe: 'only these', defaultDescription: 'all' },
  rounds: { type: 'number', describe: 'timed rounds, which take turns', default: 5, requiresArg: true },
  threads: { type: 'number', describe: 'of ours and of every peer', default: 2, requiresArg: true },
} as const;

export interface CoreOptions {
  readonly json: boolean;
  readonly task?: readonly string[];
  readonly rounds: number;
  readonly threads: number;
}

/** The native core against PyTorch and faiss: each task in a fresh process, one after the other. */
export async function core({ json, task: asked, rounds, threads }: CoreOptions): Promise<void> {
  const names = [...new Set(TASKS.map(({ name }) => name))];
  for (const name of asked ?? []) checkOneOf('bench core', '--task', name, names);
  checkWhole('bench core', '--rounds', rounds, 1);
  checkWhole('bench core', '--threads', threads, 1);
  const options = ['--rounds', String(rounds), '--threads', String(threads)];
  for (const module of ['torch', 'faiss'] as const) {
    const python = pythonWith(module);
    if (python === undefined) console.error(`bench core: ${module} is not installed, see bench/README.md`);
    else options.push(`--${module}`, python);
  }
  if (json) options.push('--json');
  else console.log(HEADING);
  let child: ChildProcess | undefined;
  let folder = '';
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  // a task cannot be interrupted while it computes, but it can be ended; the peers end with it
  process.on('exit', () => {
    child?.kill('SIGKILL');
    clear();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  for (const [index, { name }] of TASKS.entries()) {
    if (asked !== undefined && !asked.includes(name)) continue;
    folder = mkdtempSync(join(tmpdir(), 'nearmiss-bench-'));
    const [, script] = process.argv;
    const which = ['--index', String(index), '--folder', folder];
    child = spawn(process.execPath, [script, 'core-task', ...which, ...options], {
      stdio: 'inherit',
      env: { ...process.env, NEARMISS_THREADS: String(threads) },
    });
    const [code] = await once(child, 'exit');
    clear();
    // the others are worth knowing all the same
    if (code !== 0) process.exitCode = 1;
  }
}
