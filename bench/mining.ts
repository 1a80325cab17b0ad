import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkWhole, refuse } from '../src/core/check.ts';
import { matrix, type Matrix, row, rowsBetween } from '../src/core/matrix.ts';
import { type DataFolder, readDataFolder, readSplit } from '../src/formats/data-folder.ts';
import { writeNpy } from '../src/formats/npy.ts';
import { kernels } from '../src/kernels/active.ts';
import { type CandidateList, candidateLists } from '../src/miners/candidate-lists.ts';
import { flat } from '../src/neighbors/flat.ts';
import type { PairBatch } from '../src/streams/batches.ts';
import { pairs } from '../src/streams/pairs.ts';
import { median, spread, timed, warmUp } from './clock.ts';
import { ended } from './peak.ts';
import { type Peer, pythonWith, startPeer } from './peer.ts';

export const MINING_OPTIONS = {
  data: {
    type: 'string',
    describe: 'the full reverse dictionary: `npm run sample -- --full` prints where',
    default: join(
      process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
      'nearmiss',
      'reverse-dictionary',
    ),
  },
  rounds: { type: 'number', describe: 'timed rounds, which take turns', default: 5, requiresArg: true },
  threads: { type: 'number', describe: 'of ours and of every peer', default: 2, requiresArg: true },
  json: { type: 'boolean', describe: 'one JSON object a line', default: false },
} as const;

export interface MiningBenchOptions {
  readonly data: string;
  readonly rounds: number;
  readonly threads: number;
  readonly json: boolean;
}

const [NEGATIVES, MARGIN] = [8, 0.05];
/** Queries of a round; faiss is given fewer, since it has to go deep for most. */
const [QUERIES, FEW] = [4096, 128];

/** How close scores must be, and how near a ceiling a row may stand on either side of it. */
const TOLERANCE = 1e-5;

/** Mining with a margin against numpy and faiss, in a process with as many threads as they; then the command, with its memory. */
export async function mining({ data, rounds, threads, json }: MiningBenchOptions): Promise<void> {
  checkWhole('bench mining', '--rounds', rounds, 1);
  checkWhole('bench mining', '--threads', threads, 1);
  const [, script] = process.argv;
  const options = ['--data', data, '--rounds', String(rounds), '--threads', String(threads)];
  const child = spawn(process.execPath, [script, 'mining-task', ...options, ...(json ? ['--json'] : [])], {
    stdio: 'inherit',
    env: { ...process.env, NEARMISS_THREADS: String(threads) },
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}

export async function miningTask({ data: path, rounds, threads, json }: MiningBenchOptions): Promise<void> {
  const data = await readDataFolder(path);
  const [batch] = pairs(data, await readSplit(data, 'train'), { rows: QUERIES });
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-bench-'));
  const say = (row: object, text: string): void => console.log(json ? JSON.stringify(row) : text);
  const peers: Peer[] = [];
  try {
    const mine = miner(data);
    const { lists, ms, calls } = await ours(mine, batch);
    const contestants = [{ name: 'ours', queries: QUERIES, round: ms }];
    for (const [name, count] of [
      ['numpy', QUERIES],
      ['faiss', FEW],
    ] as const) {
      const python = pythonWith(name);
      if (python === undefined) {
        console.error(`bench mining: ${name} is not installed, see bench/README.md`);
        continue;
      }
      const its = join(folder, name);
      await mkdir(its);
      await handOver(data, batch, count, threads, its);
      const peer = await startPeer(name, 'mining.py', python, its, threads);
      peers.push(peer);
      const { scores, ids } = peer.outcome.results;
      compare(name, lists, { scores, ids }, data);
      contestants.push({ name, queries: count, round: () => peer.round() });
    }
    const times = contestants.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [c, contestant] of contestants.entries()) {
        await sleep(100);
        times[c].push(await contestant.round());
      }
    }
    const rates = contestants.map(({ queries }, c) => (1000 * queries) / median(times[c]));
    contestants.forEach(({ name, queries }, c) => {
      const facts = {
        name,
        queries,
        threads,
        rounds,
        queries_a_second: rates[c],
        spread: spread(times[c]),
        ratio: rates[0] / rates[c],
      };
      say(
        { task: 'mining', ...facts },
        `${name.padEnd(6)} ${String(queries).padStart(5)} queries a round, ${rates[c].toFixed(0).padStart(6)} queries/s, spread ${(100 * facts.spread).toFixed(0)} %, ours is ${facts.ratio.toFixed(2)} times as fast, ${threads} threads`,
      );
    });
    console.error(`# ${kernels.name}, ${calls} call a round, results compared to ${TOLERANCE}`);
    for (const peer of peers) await peer.end();
    const whole = await command(path, data, folder);
    say(
      { task: 'command', threads, ...whole },
      `nearmiss mine: ${whole.queries} queries in ${whole.seconds.toFixed(1)} s, peak ${whole.peak_mb.toFixed(0)} MB; 150 MB + 2 × (query and document vectors) is ${whole.limit_mb.toFixed(0)} MB`,
    );
  } finally {
    for (const peer of peers) await peer.end();
    await rm(folder, { recursive: true });
  }
}

type Mine = (batch: PairBatch) => Promise<readonly CandidateList[]>;

function miner({ corpus: { vectors, names, groups } }: DataFolder): Mine {
  const index = flat({ rows: vectors, ids: names.ofRow, classes: groups });
  const listsOf = candidateLists('bench', index, { negatives: NEGATIVES, relativeMargin: MARGIN });
  return ({ features, queryIds }) => listsOf(features, { queryIds });
}

async function ours(mine: Mine, batch: PairBatch) {
  const kept: (readonly CandidateList[])[] = [];
  const run = async () => {
    kept[0] = await mine(batch);
    return { value: 0, results: {} };
  };
  const { calls } = await warmUp(run);
  return { lists: kept[0], calls, ms: () => timed(run, calls) };
}

/** Writes what a peer reads: unit rows, the ceiling of each query, and what it may not be given. */
async function handOver(
  { corpus }: DataFolder,
  { features }: PairBatch,
  count: number,
  threads: number,
  folder: string,
): Promise<void> {
  const { labels = new Int32Array(count), known } = features;
  const queries = unit(rowsBetween(features.anchors, 0, count));
  const positives = unit(rowsBetween(features.positives, 0, count));
  const right = Array.from({ length: count }, (_, i) =>
    known === undefined
      ? []
      : Array.from(
          known.ids.subarray(known.offsets[i], known.offsets[i + 1]),
          (id) => corpus.names.rowOf[id],
        ),
  );
  const most = right.reduce((longest, { length }) => Math.max(longest, length), 1);
  const inputs: Record<string, Matrix> = {
    corpus: unit(corpus.vectors),
    queries,
    ceilings: column(
      Array.from({ length: count }, (_, i) => {
        const score = row(queries, i).reduce((sum, value, k) => sum + value * row(positives, i)[k], 0);
        return score - Math.abs(score) * MARGIN;
      }),
    ),
    groups: column(corpus.groups),
    'query-groups': column(labels.subarray(0, count)),
    known: matrix(
      count,
      most,
      Float32Array.from(right.flatMap((rows) => Array.from({ length: most }, (_, e) => rows[e] ?? -1))),
    ),
  };
  const described = {
    problem: 'mining',
    numbers: { negatives: NEGATIVES },
    threads,
    inputs: Object.keys(inputs),
  };
  await writeFile(join(folder, 'task.json'), JSON.stringify(described));
  for (const [name, m] of Object.entries(inputs)) await writeNpy(join(folder, `${name}.npy`), [m], m);
}

function unit(m: Matrix): Matrix {
  return kernels.normalize(m).unit;
}

function column(values: ArrayLike<number>): Matrix {
  return matrix(values.length, 1, Float32Array.from(values));
}

/**
 * Negatives are matched by row: one that the other side does not have must score as its last or less, or stand at the ceiling, where
 * a rounding decides.
 *
 * @throws RangeError otherwise, and if the scores of a row differ
 */
function compare(
  name: string,
  lists: readonly CandidateList[],
  peers: { readonly scores: Matrix; readonly ids: Matrix },
  { corpus }: DataFolder,
): void {
  let apart = 0;
  for (let q = 0; q < peers.scores.rows; q++) {
    const { candidates, verdicts, marginScore } = lists[q];
    const ceiling = marginScore - Math.abs(marginScore) * MARGIN;
    const own = new Map<number, number>();
    candidates.ids.forEach((id, c) => {
      if (verdicts[c] === 'kept') own.set(corpus.names.rowOf[id], candidates.scores[c]);
    });
    const scores = row(peers.scores, q);
    const theirs = new Map<number, number>();
    row(peers.ids, q).forEach((id, rank) => id >= 0 && theirs.set(id, scores[rank]));
    for (const [one, other] of [
      [own, theirs],
      [theirs, own],
    ] as const) {
      const last = other.size < NEGATIVES ? -Infinity : Math.min(...other.values());
      for (const [id, score] of one) {
        const same = other.get(id);
        if (same === undefined) apart++;
        const fits =
          same === undefined
            ? score <= last + TOLERANCE || score >= ceiling - TOLERANCE
            : Math.abs(score - same) <= TOLERANCE;
        if (!fits) refuse(`bench mining: query ${q}`, `row ${id} must be as ${name} has it, ${same}`, score);
      }
    }
  }
  const all = 2 * peers.ids.data.length;
  console.error(
    `# ${name}: ${apart} of ${all} negatives are on one side alone, all of them near ties or at a ceiling`,
  );
}

/** Mines every query of the folder through the command line. */
async function command(path: string, { corpus, queries }: DataFolder, folder: string) {
  const all = join(folder, 'all');
  await mkdir(join(all, 'qrels'), { recursive: true });
  for (const name of ['corpus.jsonl.gz', 'corpus.npy', 'queries.jsonl.gz', 'queries.npy'])
    await symlink(join(path, name), join(all, name));
  const judged: string[] = [];
  for (const split of ['train', 'dev', 'test']) {
    const text = await readFile(join(path, 'qrels', `${split}.tsv`), 'utf8');
    judged.push(...text.trimEnd().split('\n').slice(1));
  }
  await writeFile(join(all, 'qrels', 'all.tsv'), `query-id\tcorpus-id\tscore\n${judged.join('\n')}\n`);
  const cli = fileURLToPath(new URL('../pipelines/nearmiss.js', import.meta.url));
  const options = [
    '--data',
    all,
    '--split',
    'all',
    '--num-negatives',
    String(NEGATIVES),
    '--relative-margin',
    String(MARGIN),
  ];
  const begun = performance.now();
  const child = spawn(process.execPath, [cli, 'mine', ...options, '--out', join(folder, 'mined.jsonl')], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const { code, peakMb } = await ended(child);
  if (code !== 0) refuse('bench mining', 'the command must end well', `exit code ${code}`);
  const bytes = 4 * (corpus.vectors.data.length + queries.vectors.data.length);
  return {
    queries: judged.length,
    seconds: (performance.now() - begun) / 1000,
    peak_mb: peakMb,
    limit_mb: 150 + (2 * bytes) / 1e6,
  };
}
