import { freemem } from 'node:os';
import { kernels } from '../src/kernels/active.ts';
import { median, spread, timed, warmUp } from './clock.ts';
import { checkedError } from './compare.ts';
import { SEED } from './data.ts';
import { handOver, type Peer, SCRIPT, startPeer } from './peer.ts';
import { jsonLine, type Row, tableLine } from './rows.ts';
import type { Matrices, Outcome, PeerName, Task } from './tasks/task.ts';
import { TASKS } from './tasks/tasks.ts';
import { type Contestant, gflops, squareProduct, takeTurns } from './turns.ts';

export interface CoreTaskOptions {
  /** in TASKS */
  readonly index: number;
  /** through which the peers are given the inputs, and give their results */
  readonly folder: string;
  readonly threads: number;
  readonly rounds: number;
  readonly json: boolean;
  /** the Python that has it, where one has */
  readonly torch?: string;
  readonly faiss?: string;
}

/** One way of ours to do the task, warmed up. */
interface Ours extends Contestant {
  readonly name: string;
  readonly outcome: Outcome;
  readonly peakMb: number;
}

/** One task, in a process that does nothing else: results are compared, rounds take turns, each peer gets a row. */
export async function coreTask(options: CoreTaskOptions): Promise<void> {
  const { folder, threads, rounds, json } = options;
  const task = TASKS[options.index];
  const peers: Peer[] = [];
  try {
    const inputs = task.inputs();
    await handOver(task, inputs, threads, folder);
    const ours = await warmedUp(task, inputs);
    for (const name of task.peers) {
      const python = name === 'faiss' ? options.faiss : options.torch;
      if (python !== undefined && roomFor(task, name)) {
        peers.push(await startPeer(name, SCRIPT[name], python, folder, threads));
      }
    }
    const errors = ours.map((mine) =>
      peers.map(({ name, outcome }) => checkedError(mine.name, name, task.difference(mine.outcome, outcome))),
    );
    const times = await takeTurns([...ours, ...peers, squareProduct()], rounds);
    const sgemm = gflops(times[ours.length + peers.length]);
    ours.forEach((mine, o) => {
      const own = { task, threads, rounds, sgemm, mine, times: times[o] };
      const against = peers.map((peer, p) => ({ peer, times: times[ours.length + p], error: errors[o][p] }));
      const rows = peers.length === 0 ? [rowOf(own)] : against.map((each) => rowOf(own, each));
      for (const row of rows) console.log(json ? jsonLine(row) : tableLine(row));
    });
    const note = `# ${task.name}: ${kernels.name}, sgemm ${sgemm.toFixed(0)} GFLOP/s, seed ${SEED}`;
    if (json) console.error(note);
    else console.log(note);
  } finally {
    await Promise.all(peers.map((peer) => peer.end()));
  }
}

interface Own {
  readonly task: Task;
  readonly threads: number;
  readonly rounds: number;
  /** GFLOP/s */
  readonly sgemm: number;
  readonly mine: Ours;
  readonly times: readonly number[];
}

interface Against {
  readonly peer: Peer;
  readonly times: readonly number[];
  readonly error: number;
}

function rowOf({ task, threads, rounds, sgemm, mine, times }: Own, against?: Against): Row {
  const oursMs = median(times);
  const peerMs = against && median(against.times);
  return {
    task: mine.name,
    rows: task.rows,
    cols: task.cols,
    threads,
    ours_ms: oursMs,
    peer: against?.peer.name,
    peer_ms: peerMs,
    ratio: peerMs && peerMs / oursMs,
    limit_share: task.flops && task.flops / oursMs / 1e6 / sgemm,
    max_error: against?.error,
    peak_mb: mine.peakMb,
    rounds,
    ours_spread: spread(times),
    peer_spread: against && spread(against.times),
    peer_form: against?.peer.form,
    peer_peak_mb: against?.peer.peakMb,
  };
}

async function warmedUp(task: Task, inputs: Matrices): Promise<Ours[]> {
  const ways = { [task.name]: task.ours, ...task.variants };
  const ours: Ours[] = [];
  for (const [name, prepare] of Object.entries(ways)) {
    const run = await prepare(inputs);
    const { outcome, calls } = await warmUp(run);
    // in KiB; before anything of the peers' is read
    const peakMb = process.resourceUsage().maxRSS / 1024;
    ours.push({ name, outcome, peakMb, round: () => timed(run, calls) });
  }
  return ours;
}

/** Whether the machine can take the peer; if not, a line says so. */
function roomFor({ name, peerMb = 0 }: Task, peer: PeerName): boolean {
  const free = freemem() / 2 ** 20;
  if (free >= peerMb) return true;
  console.error(
    `bench core: ${name} needs ${peerMb} MB free for ${peer}, which is left out: ${free.toFixed(0)} MB are`,
  );
  return false;
}
