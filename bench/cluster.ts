import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { checkWhole, refuse } from '../src/core/check.ts';
import { cacheFolder } from '../pipelines/reverse-dictionary/packages.ts';
import { median, spread } from './clock.ts';
import { startNats } from './nats.ts';

export const CLUSTER_BENCH_OPTIONS = {
  data: {
    type: 'string',
    describe: 'BEIR folder',
    default: join(cacheFolder(), 'reverse-dictionary'),
    defaultDescription: 'the full reverse dictionary, which npm run sample -- --full builds',
    requiresArg: true,
  },
  rounds: { type: 'number', describe: 'timed rounds, which take turns', default: 3, requiresArg: true },
  json: { type: 'boolean', describe: 'one JSON object a line', default: false },
} as const;

const CLI = fileURLToPath(new URL('../pipelines/nearmiss.js', import.meta.url));

/** 0 is one process that does it all. */
const WORKERS = [0, 1, 2, 4];

/** What is run; `OUT` is the file it writes, where it writes one. */
const TASKS = {
  'mine, train': 'mine --split train --json --out OUT',
  'evaluate, train': 'evaluate --split train --depth 100 --json',
  'evaluate, test, and its run': 'evaluate --split test --json --write-run OUT',
} as const;

/**
 * Mining and evaluating by workers of one thread and one core each, on three servers, beside one process of one thread and one core. Whoever
 * asks and the servers go where there is room. Seconds are those of the whole command, from its start to its end.
 */
export async function clusterBench({
  data,
  rounds,
  json,
}: {
  readonly data: string;
  readonly rounds: number;
  readonly json: boolean;
}): Promise<void> {
  checkWhole('bench cluster', '--rounds', rounds, 1);
  await access(join(data, 'corpus.npy')).catch(() =>
    refuse('bench cluster', `${data} must be there (npm run sample -- --full)`, 'none'),
  );
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-bench-'));
  const servers = await startNats();
  try {
    const out = join(folder, 'out');
    for (const [name, command] of Object.entries(TASKS)) {
      const words = command.replace('OUT', out).split(' ');
      const seconds = new Map<number, number[]>(WORKERS.map((count) => [count, []]));
      const written = new Set<string>();
      for (let round = 0; round < rounds; round++) {
        for (const count of WORKERS) {
          const workers = await startWorkers(servers.urls, count);
          const nats = count === 0 ? [] : ['--nats', servers.urls, '--storage', join(folder, 'storage')];
          const begun = performance.now();
          const said = await ended(
            nearmiss([...words, '--data', data, ...nats], count === 0 ? 0 : undefined),
          );
          seconds.get(count)?.push((performance.now() - begun) / 1000);
          // what says how fast it was differs
          written.add(
            said.replaceAll(/"queriesPerSecond":[^,}]*/g, '') +
              (words.includes(out) ? await hashOf(out) : ''),
          );
          for (const worker of workers) {
            worker.kill('SIGTERM');
            await once(worker, 'exit');
          }
        }
      }
      if (written.size > 1) throw new Error(`${name}: what was written differs`);
      tell(name, seconds, json);
    }
  } finally {
    await servers.stop();
    await rm(folder, { recursive: true });
  }
}

function tell(name: string, seconds: ReadonlyMap<number, readonly number[]>, json: boolean): void {
  const of = (count: number): number => median(seconds.get(count) ?? []);
  for (const [workers, all] of seconds) {
    const [own, apart] = [median(all), spread(all)];
    const share = { overOneProcess: own / of(0), overOneWorker: of(1) / own };
    if (json) console.log(JSON.stringify({ task: name, workers, seconds: own, spread: apart, ...share }));
    else {
      const who = workers === 0 ? 'one process' : `${workers} workers`;
      const shares = `${share.overOneProcess.toFixed(2)} of one process's time, ${share.overOneWorker.toFixed(2)} times one worker's pace`;
      console.log(
        `${name.padEnd(28)} ${who.padEnd(12)} ${own.toFixed(2)} s, spread ${Math.round(100 * apart)} %: ${shares}`,
      );
    }
  }
  if (!json) console.log(`${name.padEnd(28)} every output is the same, byte for byte`);
}

/** A command of one thread, on one core where that is said. */
function nearmiss(words: readonly string[], core?: number): ChildProcess {
  const [program, ...before] =
    core === undefined ? [process.execPath] : ['taskset', '-c', String(core), process.execPath];
  return spawn(program, [...before, CLI, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NEARMISS_THREADS: '1' },
  });
}

/** @returns what it printed */
async function ended(child: ChildProcess): Promise<string> {
  let [printed, said] = ['', ''];
  child.stdout?.on('data', (text) => (printed += text));
  child.stderr?.on('data', (text) => (said += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(said);
  return printed;
}

/** Workers that wait for tasks, each on a core of its own as far as there are cores. */
async function startWorkers(urls: string, count: number): Promise<readonly ChildProcess[]> {
  const workers = Array.from({ length: count }, (_, i) =>
    nearmiss(['work', '--nats', urls], i % availableParallelism()),
  );
  for (const { stderr } of workers) if (stderr !== null) await once(createInterface(stderr), 'line');
  return workers;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest('hex');
}
