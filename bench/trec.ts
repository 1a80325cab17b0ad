import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkWhole, refuse } from '../src/core/check.ts';
import { random } from '../src/core/random.ts';
import { median, spread } from './clock.ts';
import { peakOf } from './peak.ts';

export const TREC_OPTIONS = {
  'trec-eval': {
    type: 'string',
    describe: 'the program to compare with; built by its own Makefile, since -O makes it faster',
    default: process.env['TREC_EVAL'] || 'trec_eval',
    defaultDescription: '$TREC_EVAL, or trec_eval on the PATH',
    requiresArg: true,
  },
  rounds: { type: 'number', describe: 'timed rounds, which take turns', default: 9, requiresArg: true },
  json: { type: 'boolean', describe: 'one JSON object a line', default: false },
} as const;

export interface TrecBenchOptions {
  readonly 'trec-eval': string;
  readonly rounds: number;
  readonly json: boolean;
}

interface Task {
  readonly task: string;
  readonly queries: number;
  /** as trec_eval takes them, and nearmiss too */
  readonly words: readonly string[];
  readonly rounds: number;
}

/** Documents retrieved for a query, and those of a collection. */
const [DEPTH, COLLECTION] = [1000, 1_000_000];

/** Grading runs against trec_eval: whole processes, start to end, printing to a file; the two print the same bytes. */
export async function trec({ 'trec-eval': program, rounds, json }: TrecBenchOptions): Promise<void> {
  checkWhole('bench trec', '--rounds', rounds, 1);
  const there = spawnSync(program, ['--version']).error === undefined;
  if (!there)
    console.error(`bench trec: ${program} is not there, so nearmiss runs alone; see bench/README.md`);
  const few = Math.min(3, rounds);
  const tasks: readonly Task[] = [
    { task: 'all measures, -q', queries: 195, words: ['-q', '-m', 'all_trec'], rounds },
    {
      task: 'three measures',
      queries: 3900,
      words: ['-m', 'map', '-m', 'P.10', '-m', 'ndcg_cut.10'],
      rounds: few,
    },
  ];
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-bench-'));
  try {
    for (const task of tasks) await compared(task, there ? program : undefined, folder, json);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compared(
  { task, queries, words, rounds }: Task,
  program: string | undefined,
  folder: string,
  json: boolean,
): Promise<void> {
  const [qrels, run] = [join(folder, 'qrels.txt'), join(folder, 'run.txt')];
  await writeFiles(qrels, run, queries);
  const nearmiss = fileURLToPath(new URL('../pipelines/nearmiss.js', import.meta.url));
  const sides = [
    {
      name: 'nearmiss',
      command: [process.execPath, nearmiss, 'evaluate', '--qrels', qrels, '--run', run, ...words],
    },
    ...(program === undefined ? [] : [{ name: 'trec_eval', command: [program, ...words, qrels, run] }]),
  ].map((side) => ({ ...side, out: join(folder, side.name), ms: new Array<number>(), peakMb: 0 }));
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      await sleep(100);
      const { ms, peakMb } = await timed(side.command, side.out);
      side.ms.push(ms);
      side.peakMb = Math.max(side.peakMb, peakMb);
    }
  }
  const [ours, theirs] = await Promise.all(sides.map(({ out }) => readFile(out)));
  if (theirs !== undefined && !ours.equals(theirs)) {
    refuse('bench trec', 'nearmiss must print the bytes that trec_eval prints', 'others');
  }
  for (const { name, ms, peakMb } of sides) {
    const ratio = median(ms) / median(sides[sides.length - 1].ms);
    const facts = { task, name, lines: queries * DEPTH, rounds, ms: median(ms), spread: spread(ms) };
    console.log(
      json
        ? JSON.stringify({ ...facts, ratio, peak_mb: peakMb })
        : `${task.padEnd(16)} ${String(facts.lines).padStart(8)} lines  ${name.padEnd(9)} ${facts.ms.toFixed(0).padStart(6)} ms, spread ${(100 * facts.spread).toFixed(0)} %, ${ratio.toFixed(2)} times trec_eval's, peak ${peakMb.toFixed(0)} MB`,
    );
  }
}

/** From the start of a process to its end, and the most memory it was seen to have. */
async function timed(
  [program, ...words]: readonly string[],
  out: string,
): Promise<{ ms: number; peakMb: number }> {
  const file = await open(out, 'w');
  try {
    const begun = performance.now();
    const child = spawn(program, words, { stdio: ['ignore', file.fd, 'inherit'] });
    const { code, peakMb } = await peakOf(child);
    const ms = performance.now() - begun;
    if (code !== 0) refuse(`bench trec: ${program}`, 'it must end well', `exit code ${code}`);
    return { ms, peakMb };
  } finally {
    await file.close();
  }
}

/** A ranked run of DEPTH documents a query, of which 50 are judged, and 10 judgments of documents it did not find. */
async function writeFiles(qrelsPath: string, runPath: string, queries: number): Promise<void> {
  const [qrels, run] = [await open(qrelsPath, 'w'), await open(runPath, 'w')];
  try {
    for (let q = 0; q < queries; q++) {
      const { below, uniform } = random(0, q);
      // an odd step that 5 does not divide comes to every document before it comes to one again
      const [first, step] = [below(COLLECTION), 10 * below(COLLECTION / 10) + 3];
      const lines = Array.from({ length: DEPTH }, (_, i) => ({
        document: `D${String((first + i * step) % COLLECTION).padStart(7, '0')}`,
        score: 30 - 0.0137 * i - 0.01 * uniform(),
      }));
      const judged = Array.from({ length: 50 }, (_, j) => lines[20 * j + below(20)].document);
      const others = Array.from({ length: 10 }, (_, j) => `X${j}`);
      await qrels.write(
        [...judged, ...others]
          .map((document) => `q${q} 0 ${document} ${Math.max(0, below(5) - 2)}\n`)
          .join(''),
      );
      await run.write(
        lines
          .map(({ document, score }, i) => `q${q} Q0 ${document} ${i + 1} ${score.toFixed(6)} tag\n`)
          .join(''),
      );
    }
  } finally {
    await qrels.close();
    await run.close();
  }
}
