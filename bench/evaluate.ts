import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { refuse } from '../src/core/check.ts';
import { fromRows, matrix, type Matrix } from '../src/core/matrix.ts';
import { openStoredFolder, readSplit, type Split, type StoredFolder } from '../src/formats/data-folder.ts';
import { writeNpy } from '../src/formats/npy.ts';
import { gatherRows } from '../src/formats/open-rows.ts';
import { kernels } from '../src/kernels/active.ts';
import { mean } from '../src/metrics/mean.ts';
import { mrr } from '../src/metrics/mrr.ts';
import { ndcg } from '../src/metrics/ndcg.ts';
import { ranked } from '../src/metrics/ranking.ts';
import { recall } from '../src/metrics/recall.ts';
import { chunked } from '../src/neighbors/chunked.ts';
import type { Values } from '../src/streams/evaluate.ts';
import { median, spread } from './clock.ts';
import { inItsOwnProcess, MINING_OPTIONS, type MiningBenchOptions } from './mining.ts';
import { type Peer, pythonWith, startPeer } from './peer.ts';
import { peakOf } from './peak.ts';

export const EVALUATE_BENCH_OPTIONS = MINING_OPTIONS;

const DEPTH = 1000;
const METRICS = { 'ndcg@10': ndcg(10), 'recall@100': recall(100), mrr: mrr() };
/** How close means must be: a query whose documents all but tie may have another order. */
const TOLERANCE = 1e-3;

/** An exact evaluation from the files against faiss and numpy, in a process with as many threads as they; then the command, with its memory. */
export function evaluateBench(options: MiningBenchOptions): Promise<void> {
  return inItsOwnProcess('evaluate', options);
}

export async function evaluateTask({ data, rounds, threads, json }: MiningBenchOptions): Promise<void> {
  const folder = await openStoredFolder(data);
  const split = await readSplit(folder, 'test');
  const temporary = await mkdtemp(join(tmpdir(), 'nearmiss-bench-'));
  const say = (row: object, text: string): void => console.log(json ? JSON.stringify(row) : text);
  let peer: Peer | undefined;
  try {
    const values = await evaluated(folder, split);
    const python = pythonWith('faiss');
    if (python === undefined) console.error('bench evaluate: faiss is not installed, see bench/README.md');
    else {
      await handOver(folder, split, threads, temporary);
      peer = await startPeer('faiss', 'evaluate.py', python, temporary, threads);
      compare(values, peer.outcome.results.values);
    }
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      await sleep(100);
      const begun = performance.now();
      await evaluated(folder, split);
      ours.push(performance.now() - begun);
      await sleep(100);
      if (peer !== undefined) theirs.push(await peer.round());
    }
    for (const [name, times] of [
      ['ours', ours],
      ['faiss', theirs],
    ] as const) {
      if (times.length === 0) continue;
      const facts = {
        name,
        threads,
        rounds,
        queries: split.queries.length,
        documents: folder.corpus.names.size,
        ms: median(times),
        spread: spread(times),
        ratio: median(times) / median(ours),
      };
      say(
        { task: 'evaluate', ...facts },
        `${name.padEnd(6)} ${facts.queries} queries of ${facts.documents} documents in ${facts.ms.toFixed(0).padStart(6)} ms, spread ${(100 * facts.spread).toFixed(0)} %, ours is ${facts.ratio.toFixed(2)} times as fast, ${threads} threads`,
      );
    }
    console.error(`# ${kernels.name}, files to figures of each query, means compared to ${TOLERANCE}`);
    await peer?.end();
    const whole = await command(['--data', data]);
    say(
      { task: 'command', threads, ...whole },
      `nearmiss evaluate: ${whole.seconds.toFixed(1)} s from start to end with intervals, peak ${whole.peak_mb.toFixed(0)} MB`,
    );
  } finally {
    await peer?.end();
    await folder.corpusVectors.close();
    await folder.queryVectors.close();
    await rm(temporary, { recursive: true });
  }
}

async function evaluated(
  { corpus, corpusVectors, queryVectors }: StoredFolder,
  split: Split,
): Promise<Values> {
  const index = chunked(corpusVectors, corpus.names.ofRow);
  const queries = await gatherRows(queryVectors, split.queries);
  const ranking = ranked(await index.search(queries, DEPTH), split.judgments);
  return Object.fromEntries(Object.entries(METRICS).map(([name, metric]) => [name, metric(ranking)]));
}

/** Judgments as rows of the corpus and grades, as wide as the longest list. */
async function handOver(
  { corpus, corpusVectors, queryVectors }: StoredFolder,
  { queries, judgments }: Split,
  threads: number,
  folder: string,
): Promise<void> {
  const most = judgments.reduce((longest, { size }) => Math.max(longest, size), 1);
  const judged = matrix(queries.length, most, new Float32Array(queries.length * most).fill(-1));
  const grades = matrix(queries.length, most);
  judgments.forEach((judgment, q) => {
    [...judgment].forEach(([id, given], e) => {
      judged.data[q * most + e] = corpus.names.rowOf[id];
      grades.data[q * most + e] = given;
    });
  });
  const inputs: Record<string, Matrix> = {
    rows: fromRows(Array.from(queries, (row) => [row])),
    judged,
    grades,
  };
  const described = {
    problem: 'evaluate',
    numbers: { depth: DEPTH },
    paths: { corpus: corpusVectors.path, queries: queryVectors.path },
    threads,
    inputs: Object.keys(inputs),
  };
  await writeFile(join(folder, 'task.json'), JSON.stringify(described));
  for (const [name, m] of Object.entries(inputs)) await writeNpy(join(folder, `${name}.npy`), [m], m);
}

/** @throws RangeError if the means of a figure differ */
function compare(values: Values, theirs: Matrix): void {
  Object.entries(values).forEach(([name, own], m) => {
    const [ours, peers] = [mean(own), mean(theirs.data.subarray(m * theirs.cols, (m + 1) * theirs.cols))];
    console.error(`# ${name}: ${ours} of ours, ${peers} of faiss`);
    if (!(Math.abs(ours - peers) <= TOLERANCE))
      refuse('bench evaluate', `mean ${name} must be within ${TOLERANCE} of ${peers}`, ours);
  });
}

/** Runs `nearmiss evaluate --json` to its end. */
export async function command(words: readonly string[]) {
  const cli = fileURLToPath(new URL('../pipelines/cli.js', import.meta.url));
  const begun = performance.now();
  const child = spawn(process.execPath, [cli, 'evaluate', '--json', ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (text) => (stdout += text));
  const { peakMb, code } = await peakOf(child);
  if (code !== 0) refuse('bench evaluate', 'the command must end well', `exit code ${code}`);
  return { seconds: (performance.now() - begun) / 1000, peak_mb: peakMb, stdout: stdout.trim() };
}
