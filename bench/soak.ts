import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkPositive, refuse } from '../src/core/check.ts';
import { matrix } from '../src/core/matrix.ts';
import { type Random, random } from '../src/core/random.ts';
import { framed, messages, send } from '../src/service/frames.ts';
import type { Message, NamedArray, Received } from '../src/service/message.ts';
import { median } from './clock.ts';

const [CLIENTS, OVER_HTTP] = [32, 8];
/** Ids that a client stores rows under, and numbers of a row. */
const [IDS, DIM] = [500, 64];

type Ask = (call: string, request: Message) => Promise<Received>;

/** What a client knows of its rows: how often each id was stored, absent where it is not; and those of which no answer came. */
interface Known {
  readonly stored: Map<number, number>;
  readonly unsure: Set<number>;
}

/**
 * Clients over both doors store, remove, search, mine, score and evaluate for so many minutes. In the middle the service is killed and
 * begun again, and at the end every row that was answered must be there as it was stored last.
 */
export async function soak(folder: string, minutes: number, json: boolean): Promise<void> {
  checkPositive('bench service', '--soak', minutes);
  const [socket, store] = [join(folder, 'socket'), join(folder, 'store')];
  const end = performance.now() + 60_000 * minutes;
  const middle = end - 30_000 * minutes;
  const counts = { answered: 0, refused: 0, busy: 0, cut: 0 };
  /** of each call, what an answer took, in µs */
  const took = new Map<string, RecordableHistogram>();
  let service = await started(socket, store);
  const memory: number[] = [];
  const sampling = setInterval(() => {
    void residentMb(service.child).then((mb) => mb !== undefined && memory.push(mb));
  }, 1000);
  const all = Array.from({ length: CLIENTS }, (): Known => ({ stored: new Map(), unsure: new Set() }));

  const client = async (c: number): Promise<void> => {
    const draw = random(7, c);
    let ask: Ask | undefined;
    for (let step = 1; performance.now() < end; step++) {
      const { call, request, changed, sure } = drawnRequest(draw, c, step, all[c]);
      for (const id of changed) all[c].unsure.add(id);
      try {
        ask ??= c < OVER_HTTP ? overHttp(service.port) : await overSocket(socket);
        const begun = performance.now();
        const { header } = await ask(call, request);
        if (header.error === undefined) {
          counts.answered++;
          record(took, call, performance.now() - begun);
          for (const id of changed) all[c].unsure.delete(id);
          sure();
        } else if (header.status === 429) {
          counts.busy++;
          await sleep(50);
        } else {
          counts.refused++;
          console.error(`# ${call}: ${String(header.error)} ${c} ${step} ${performance.now() > middle}`);
        }
      } catch {
        counts.cut++;
        ask = undefined;
        await sleep(200);
      }
    }
  };
  const kill = async (): Promise<void> => {
    await sleep(Math.max(0, middle - performance.now()));
    service.child.kill('SIGKILL');
    await once(service.child, 'exit');
    service = await started(socket, store);
  };
  await Promise.all([kill(), ...Array.from({ length: CLIENTS }, (_, c) => client(c))]);
  clearInterval(sampling);
  const { lost, rows } = await lostOf(await overSocket(socket), all);
  service.child.kill('SIGTERM');
  const [code] = await once(service.child, 'exit');
  const third = Math.floor(memory.length / 4);
  const facts = {
    task: 'soak',
    minutes,
    clients: CLIENTS,
    ...counts,
    rows,
    lost,
    rss_before_kill_mb: median(memory.slice(third, 2 * third)),
    rss_at_end_mb: median(memory.slice(-third)),
    rss_most_mb: Math.max(...memory),
    exit: code,
    latency_ms: Object.fromEntries([...took].map(([call, times]) => [call, percentiles(times)])),
  };
  console.log(
    json
      ? JSON.stringify(facts)
      : `${counts.answered} calls of ${CLIENTS} clients in ${minutes} minutes, ${counts.busy} told to come again, ${counts.cut} cut off by the kill, ${counts.refused} refused; ${rows} rows looked for, ${lost} lost; ${facts.rss_before_kill_mb.toFixed(0)} MB before the kill, ${facts.rss_at_end_mb.toFixed(0)} MB at the end, ${facts.rss_most_mb.toFixed(0)} MB at most`,
  );
  for (const [call, { p50, p99 }] of json ? [] : Object.entries(facts.latency_ms))
    console.log(`${call.padEnd(8)}  p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
  if (lost > 0 || code !== 0)
    refuse(
      'bench service',
      'no row that was answered must be lost, and the service end with 0',
      `${lost} lost, exit ${code}`,
    );
}

function record(took: Map<string, RecordableHistogram>, call: string, ms: number): void {
  const times = took.get(call) ?? createHistogram();
  times.record(Math.max(1, Math.round(1000 * ms)));
  took.set(call, times);
}

function percentiles(times: RecordableHistogram) {
  return { p50: times.percentile(50) / 1000, p99: times.percentile(99) / 1000 };
}

/** A call at random, the ids it changes, and what is known when it was answered. */
function drawnRequest(draw: Random, c: number, step: number, { stored, unsure }: Known) {
  const ids = Uint32Array.from({ length: 1 + draw.below(20) }, (_, i) => c * IDS + ((step * 20 + i) % IDS));
  const queries = rowsOf(Array.from({ length: 8 }, () => [draw.below(CLIENTS * IDS), draw.below(1000)]));
  const kind = draw.below(10);
  const none = { changed: new Uint32Array(0), sure: () => undefined };
  if (kind === 0) {
    const held = ids.filter((id) => stored.has(id) && !unsure.has(id));
    return {
      call: 'remove',
      request: request({}, { ids: { shape: [held.length], data: held } }),
      changed: held,
      sure: () => held.forEach((id) => stored.delete(id)),
    };
  }
  if (kind < 5) {
    return {
      call: 'upsert',
      request: request(
        {},
        { rows: rowsOf(Array.from(ids, (id) => [id, step])), ids: { shape: [ids.length], data: ids } },
      ),
      changed: ids,
      sure: () => ids.forEach((id) => stored.set(id, step)),
    };
  }
  if (kind < 7) return { call: 'search', request: request({ values: { k: 10 } }, { queries }), ...none };
  if (kind === 7) {
    const arrays = {
      anchors: queries,
      positives: queries,
      ids: { shape: [8], data: Uint32Array.from({ length: 8 }, (_, i) => i) },
    };
    return { call: 'mine', request: request({ options: { negatives: 4 } }, arrays), ...none };
  }
  if (kind === 8) {
    const many = rowsOf(Array.from({ length: 256 }, () => [draw.below(CLIENTS * IDS), draw.below(1000)]));
    return {
      call: 'score',
      request: request({ loss: 'infoNce' }, { anchors: many, positives: many }),
      ...none,
    };
  }
  const judged = {
    shape: [8, 2],
    data: Uint32Array.from({ length: 16 }, (_, e) => (e % 2 === 0 ? e / 2 : draw.below(CLIENTS * IDS))),
  };
  return { call: 'evaluate', request: request({}, { queries, judged }), ...none };
}

function request(header: Message['header'], arrays: Readonly<Record<string, NamedArray>>): Message {
  return { header, arrays: new Map(Object.entries(arrays)) };
}

/** Rows that an id and a step decide. */
function rowsOf(keys: readonly (readonly number[])[]): NamedArray {
  const m = matrix(keys.length, DIM);
  keys.forEach((key, i) => {
    const { uniform } = random(...key);
    for (let k = 0; k < DIM; k++) m.data[i * DIM + k] = uniform() - 0.5;
  });
  return { shape: [m.rows, DIM], data: m.data };
}

/** Looks for every row that must be there, by itself. */
async function lostOf(
  ask: Ask,
  all: readonly Known[],
): Promise<{ readonly rows: number; readonly lost: number }> {
  let [rows, lost] = [0, 0];
  for (const { stored, unsure } of all) {
    const sure = [...stored].filter(([id]) => !unsure.has(id));
    const answer = await ask('search', {
      header: { values: { k: 1 } },
      arrays: new Map([['queries', rowsOf(sure)]]),
    });
    const ids = 'arrays' in answer ? answer.arrays.get('ids')?.data : undefined;
    rows += sure.length;
    lost += sure.filter(([id], i) => ids?.[i] !== id).length;
  }
  return { rows, lost };
}

async function started(socket: string, store: string) {
  const cli = fileURLToPath(new URL('../pipelines/nearmiss.js', import.meta.url));
  const words = [
    '--index',
    'exact',
    '--socket',
    socket,
    '--store',
    store,
    '--port',
    '0',
    '--log-level',
    'info',
  ];
  const child = spawn(process.execPath, [cli, 'serve', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  let port = 0;
  for await (const line of lines) {
    const { msg, port: found, socket: listens }: Record<string, unknown> = JSON.parse(line);
    if (msg === 'listening' && typeof found === 'number') port = found;
    if (msg === 'listening' && listens !== undefined) break;
  }
  child.stdout.resume();
  return { child, port };
}

async function residentMb({ pid }: ChildProcess): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /VmRSS:\s*(\d+) kB/.exec(status) ?? [];
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
}

async function overSocket(path: string): Promise<Ask> {
  const socket = connect(path);
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const answers = messages(socket);
  return async (call, { header, arrays }) => {
    await send(socket, { header: { ...header, call }, arrays });
    const { value } = await answers.next();
    return value ?? refuse('bench service', 'an answer must come', 'the end');
  };
}

function overHttp(port: number): Ask {
  return async (call, request) => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/${call}`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.nearmiss.frame' },
      body: Buffer.concat(framed(request)),
    });
    const all = new Uint8Array(await answer.arrayBuffer());
    if (!answer.ok) {
      const said: unknown = JSON.parse(Buffer.from(all).toString());
      return { header: { ...Object(said), status: answer.status }, arrays: new Map() };
    }
    for await (const found of messages(piece(all))) return found;
    return refuse('bench service', 'an answer must come', 'none');
  };
}

async function* piece(all: Uint8Array): AsyncGenerator<Uint8Array> {
  yield all;
}
