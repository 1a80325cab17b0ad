import { execFile, spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { InferredOptionTypes } from 'yargs';
import { checkPositive, refuse } from '../src/core/check.ts';
import { random, type Random } from '../src/core/random.ts';
import { table } from '../pipelines/table.ts';

export const STREAM_OPTIONS = {
  minutes: { type: 'number', describe: 'how long pairs come', default: 10, requiresArg: true },
} as const;

const cli = fileURLToPath(new URL('../pipelines/nearmiss.js', import.meta.url));
const run = promisify(execFile);

/** Pairs that are written at a time. */
const AT_ONCE = 512;
const TOPICS = 5000;

/** A training from a pipe that pairs come through for some minutes, with live mining and checkpoints: its memory, minute by minute. */
export async function stream({ minutes }: InferredOptionTypes<typeof STREAM_OPTIONS>): Promise<void> {
  checkPositive('bench stream', '--minutes', minutes);
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-stream-'));
  try {
    const pipe = join(folder, 'pairs.jsonl');
    await run('mkfifo', [pipe]);
    const log = join(folder, 'log.jsonl');
    const words =
      'train --encoder texts --dim 128 --negatives 2 --memory 8192 --mine-from 100 --batch 256 --steps 1000000 --schedule constant --evaluate-every 200';
    const places = ['--pairs', pipe, '--checkpoints', join(folder, 'checks'), '--log', log];
    const child = spawn(process.execPath, [cli, ...words.split(' '), ...places], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const begun = performance.now();
    const rows: string[][] = [];
    const look = async (): Promise<void> => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      const megabytes = (name: string): string =>
        ((Number(new RegExp(`${name}:\\s*(\\d+) kB`).exec(status)?.[1]) * 1024) / 1e6).toFixed(0);
      const last = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').at(-1) ?? '';
      const { step }: { step?: number } = last === '' ? {} : JSON.parse(last);
      const minute = ((performance.now() - begun) / 60_000).toFixed(1);
      rows.push([minute, String(step ?? 0), megabytes('VmRSS'), megabytes('VmHWM')]);
    };
    const watching = setInterval(() => void look(), (60_000 * minutes) / 10);
    const written = await write(pipe, () => performance.now() - begun < 60_000 * minutes);
    clearInterval(watching);
    const code = await ended;
    if (code !== 0) refuse('bench stream', 'the training must end well', `exit code ${code}`);
    console.log(table(['minute', 'steps', 'resident MB', 'peak MB'], rows));
    console.log(`${written} pairs in ${minutes} minutes`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Writes pairs into a pipe, as fast as they are read, for as long as more are wanted. */
async function write(pipe: string, more: () => boolean): Promise<number> {
  const file = await open(pipe, 'w');
  const draw = random(1);
  let written = 0;
  try {
    while (more()) {
      await file.appendFile(Array.from({ length: AT_ONCE }, () => line(draw)).join(''));
      written += AT_ONCE;
    }
  } finally {
    await file.close();
  }
  return written;
}

/** A pair about one topic, in words of it and others that are rarer the higher their number. */
export function line({ below, uniform }: Random): string {
  const topic = below(TOPICS);
  const noise = (count: number): string[] =>
    Array.from({ length: count }, () => `w${Math.floor(30_000 * uniform() ** 3)}`);
  const anchor = [...noise(6), `t${topic}a`, `t${topic}b`].join(' ');
  const positive = [`t${topic}b`, ...noise(2), `t${topic}c`].join(' ');
  return `${JSON.stringify({ anchor, positive })}\n`;
}
