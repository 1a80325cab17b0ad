import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectAtOnce } from '../pipelines/training/collect-at-once.ts';
import { checkOneOf, checkWhole } from '../src/core/check.ts';
import { matrix, type Matrix } from '../src/core/matrix.ts';
import { kernels } from '../src/kernels/active.ts';
import { median, spread } from './clock.ts';
import { checkedError, lossDifference } from './compare.ts';
import { SEED } from './data.ts';
import { handOver, KEPT_HEAP, type Peer, pythonWith, startPeer } from './peer.ts';
import { BATCH, DECAY, EPSILON, type Job, RATE, TEMPERATURE, type Trainer } from './steps/job.ts';
import { JOBS } from './steps/jobs.ts';
import { gflops, squareProduct, takeTurns } from './turns.ts';

export const STEPS_OPTIONS = {
  job: { type: 'string', array: true, describe: 'only these', defaultDescription: 'all' },
  rounds: { type: 'number', describe: 'timed rounds, which take turns', default: 7, requiresArg: true },
  threads: { type: 'number', describe: 'of ours and of every peer', default: 2, requiresArg: true },
  json: { type: 'boolean', describe: 'one JSON object a line', default: false },
} as const;

export interface StepsOptions {
  readonly job?: readonly string[];
  readonly rounds: number;
  readonly threads: number;
  readonly json: boolean;
}

/** Steps after which the weights are compared. */
const CHECKED = 20;

/** Training steps against PyTorch's: each job in a fresh process, one after the other. */
export async function steps({ job: asked, rounds, threads, json }: StepsOptions): Promise<void> {
  const names = JOBS.map(({ name }) => name);
  for (const name of asked ?? []) checkOneOf('bench steps', '--job', name, names);
  checkWhole('bench steps', '--rounds', rounds, 1);
  checkWhole('bench steps', '--threads', threads, 1);
  const [, script] = process.argv;
  for (const [index, name] of names.entries()) {
    if (asked !== undefined && !asked.includes(name)) continue;
    const options = ['--index', String(index), '--rounds', String(rounds), '--threads', String(threads)];
    const child = spawn(process.execPath, [script, 'steps-task', ...options, ...(json ? ['--json'] : [])], {
      stdio: 'inherit',
      env: { ...process.env, ...KEPT_HEAP, NEARMISS_THREADS: String(threads) },
    });
    const [code] = await once(child, 'exit');
    // the others are worth knowing all the same
    if (code !== 0) process.exitCode = 1;
  }
}

export interface StepsTaskOptions extends StepsOptions {
  /** in JOBS */
  readonly index: number;
}

/** One job, in a process that does nothing else: weights are compared, rounds take turns, each peer gets a line. */
export async function stepsTask({ index, rounds, threads, json }: StepsTaskOptions): Promise<void> {
  collectAtOnce();
  const job = JOBS[index];
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-bench-'));
  const peers: Peer[] = [];
  try {
    const inputs = job.inputs();
    const numbers = {
      batch: BATCH,
      rate: RATE,
      decay: DECAY,
      epsilon: EPSILON,
      temperature: TEMPERATURE,
      checked: CHECKED,
      steps: job.steps,
    };
    await handOver({ problem: job.problem, numbers }, inputs, threads, folder);
    const trainer = job.ours(inputs);
    const value = await trainer.train(CHECKED);
    const outcome = { value, results: copied(trainer) };
    await trainer.train(job.steps);
    const peakMb = process.resourceUsage().maxRSS / 1024;
    const python = pythonWith('torch');
    if (python === undefined) console.error('bench steps: torch is not installed, see bench/README.md');
    else {
      for (const name of ['torch', 'torch-tuned']) {
        peers.push(await startPeer(name, 'steps.py', python, folder, threads));
      }
    }
    const errors = peers.map((peer) =>
      checkedError(job.name, peer.name, lossDifference(outcome, peer.outcome)),
    );
    const ours = {
      async round() {
        const start = performance.now();
        await trainer.train(job.steps);
        return (performance.now() - start) / job.steps;
      },
    };
    const [own, ...others] = await takeTurns([ours, ...peers, squareProduct()], rounds);
    const sgemm = gflops(others[peers.length]);
    report(job, { own, sgemm, peakMb, threads, rounds, json });
    peers.forEach((peer, p) => reportPeer(job, peer, { own, times: others[p], error: errors[p], json }));
    console.error(`# ${job.name}: ${kernels.name}, sgemm ${sgemm.toFixed(0)} GFLOP/s, seed ${SEED}`);
  } finally {
    await Promise.all(peers.map((peer) => peer.end()));
    await rm(folder, { recursive: true });
  }
}

function copied({ parameters }: Trainer): Readonly<Record<string, Matrix>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { rows, cols, data }]) => [
      name,
      matrix(rows, cols, data.slice()),
    ]),
  );
}

interface Own {
  readonly own: readonly number[];
  readonly sgemm: number;
  readonly peakMb: number;
  readonly threads: number;
  readonly rounds: number;
  readonly json: boolean;
}

function report({ name, flops }: Job, { own, sgemm, peakMb, threads, rounds, json }: Own): void {
  const share = flops && flops / median(own) / 1e6 / sgemm;
  const facts = { job: name, system: 'nearmiss', threads, rounds, ...rate(own) };
  if (json) console.log(JSON.stringify({ ...facts, limit_share: share ?? null, peak_mb: peakMb }));
  else {
    const limit = share === undefined ? '' : `, ${(100 * share).toFixed(0)} % of the machine's products`;
    console.log(`${line(name, 'nearmiss', own)}, ${threads} threads${limit}, peak ${peakMb.toFixed(0)} MB`);
  }
}

interface Against {
  readonly own: readonly number[];
  readonly times: readonly number[];
  readonly error: number;
  readonly json: boolean;
}

function reportPeer({ name }: Job, peer: Peer, { own, times, error, json }: Against): void {
  const ratio = median(times) / median(own);
  const facts = { job: name, system: peer.name, form: peer.form, ...rate(times), ratio, max_error: error };
  if (json) console.log(JSON.stringify({ ...facts, peak_mb: peer.peakMb }));
  else
    console.log(
      `${line(name, peer.name, times)}, ours is ${ratio.toFixed(2)} times as fast, weights within ${error.toExponential(1)}, peak ${peer.peakMb.toFixed(0)} MB (${peer.form})`,
    );
}

function rate(times: readonly number[]) {
  return { steps_a_second: 1000 / median(times), ms: median(times), spread: spread(times) };
}

function line(job: string, system: string, times: readonly number[]): string {
  const { steps_a_second, spread: apart } = rate(times);
  return `${job.padEnd(12)}  ${system.padEnd(11)}  ${steps_a_second.toFixed(1).padStart(6)} steps/s, spread ${(100 * apart).toFixed(0)} %`;
}
