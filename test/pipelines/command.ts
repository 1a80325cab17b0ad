import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The built command line. */
export const cli = fileURLToPath(new URL('../../dist/pipelines/nearmiss.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

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

/** Runs a command to its end, without a terminal. */
export function nearmiss(...words: readonly string[]): Promise<Outcome> {
  return start(words).ended;
}

/** What was said on stderr, less the lines that say how far it is where reading takes more than a second. */
export const said = (stderr: string): string => stderr.replaceAll(/^reading .*\n/gm, '').trimEnd();
