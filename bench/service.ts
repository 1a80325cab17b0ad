import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkEqual, checkWhole, refuse } from '../src/core/check.ts';
import { readNpyMatrix, writeNpy } from '../src/formats/npy.ts';
import { infoNce } from '../src/losses/views/info-nce.ts';
import { nearMisses } from '../src/miners/near-misses.ts';
import { exact } from '../src/neighbors/exact.ts';
import { median, spread } from './clock.ts';
import { normalRows } from './data.ts';
import { pythonWith } from './peer.ts';
import { soak } from './soak.ts';

export const SERVICE_OPTIONS = {
  rounds: { type: 'number', describe: 'timed rounds, which take turns', default: 7, requiresArg: true },
  json: { type: 'boolean', describe: 'one JSON object a line', default: false },
  soak: {
    type: 'number',
    describe: 'instead: so many minutes of mixed calls by 32 clients, with a kill in the middle',
    requiresArg: true,
  },
} as const;

const [ROWS, DIM] = [4096, 512];
const [CORPUS, QUERIES, COLS] = [100_000, 1000, 384];

/** What a program in Python pays for asking a service, over the same call in this process; or a long run of many clients. */
export async function serviceBench({
  rounds,
  json,
  soak: minutes,
}: {
  readonly rounds: number;
  readonly json: boolean;
  readonly soak?: number;
}): Promise<void> {
  checkWhole('bench service', '--rounds', rounds, 1);
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-bench-'));
  try {
    if (minutes === undefined) await overhead(folder, rounds, json);
    else await soak(folder, minutes, json);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function overhead(folder: string, rounds: number, json: boolean): Promise<void> {
  const python = pythonWith('numpy') ?? refuse('bench service', 'a python3 must have numpy', 'none');
  const inputs = {
    anchors: normalRows(ROWS, DIM, 1),
    positives: normalRows(ROWS, DIM, 2),
    corpus: normalRows(CORPUS, COLS, 3),
    queries: normalRows(QUERIES, COLS, 4),
    right: normalRows(QUERIES, COLS, 5),
  };
  for (const [name, m] of Object.entries(inputs)) await writeNpy(join(folder, `${name}.npy`), [m], m);
  const { anchors, positives, corpus, queries, right } = inputs;
  const ids = Uint32Array.from({ length: QUERIES }, (_, i) => i);
  const index = exact({ dim: COLS });
  await index.add(
    corpus,
    Uint32Array.from({ length: CORPUS }, (_, i) => i),
  );
  const score = () => infoNce({ temperature: 0.05 }).later({ anchors, positives });
  const mine = () => nearMisses(index, { negatives: 8 })({ anchors: queries, positives: right, ids });

  const cli = fileURLToPath(new URL('../pipelines/nearmiss.js', import.meta.url));
  const socket = join(folder, 'socket');
  const service = spawn(process.execPath, [cli, 'serve', '--index', 'exact', '--socket', socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface(service.stdout), 'line');
  const clients = fileURLToPath(new URL('../../clients/python', import.meta.url));
  const script = fileURLToPath(new URL('../../bench/peers/service.py', import.meta.url));
  const peer = spawn(python, [script, clients, socket, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const lines = createInterface(peer.stdout)[Symbol.asyncIterator]();
    const answer = async (): Promise<string> => {
      const { value, done } = await lines.next();
      return done === true ? refuse('bench service', 'the client must answer', 'its end') : value;
    };
    const [value, sum] = (await answer()).split(' ').map(Number);
    const ours = await score();
    checkEqual('bench service', 'the value of the loss', value, ours.value);
    const theirs = await readNpyMatrix(join(folder, 'gradients.npy'));
    ours.gradients.anchors.data.forEach((slope, e) =>
      checkEqual('bench service', `gradient ${e}`, theirs.data[e], slope),
    );
    const { negativeIds } = await mine();
    checkEqual(
      'bench service',
      'the sum of the mined ids',
      sum,
      negativeIds.reduce((total, id) => total + id, 0),
    );
    for (const [name, call, most] of [
      ['score', score, 15],
      ['mine', mine, 10],
    ] as const) {
      const [own, asked]: number[][] = [[], []];
      for (let round = 0; round < rounds; round++) {
        await sleep(50);
        const begun = performance.now();
        await call();
        own.push(performance.now() - begun);
        await sleep(50);
        peer.stdin.write(`${name}\n`);
        asked.push(Number(await answer()));
      }
      const over = median(asked) / median(own) - 1;
      const facts = {
        task: name,
        rounds,
        own_ms: median(own),
        own_spread: spread(own),
        asked_ms: median(asked),
        asked_spread: spread(asked),
        over,
        limit: most / 100,
      };
      console.log(
        json
          ? JSON.stringify(facts)
          : `${name.padEnd(5)} in process ${facts.own_ms.toFixed(1)} ms (spread ${(100 * facts.own_spread).toFixed(0)} %), from numpy over a unix socket ${facts.asked_ms.toFixed(1)} ms (spread ${(100 * facts.asked_spread).toFixed(0)} %): ${(100 * over).toFixed(1)} % over, at most ${most} % is wanted`,
      );
    }
  } finally {
    peer.stdin.end();
    service.kill();
    await once(service, 'exit');
  }
}
