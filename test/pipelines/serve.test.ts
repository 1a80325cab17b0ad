import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serve as run } from '../../pipelines/serve.ts';
import { matrix } from '../../src/core/matrix.ts';
import { messages, send } from '../../src/service/frames.ts';
import type { Message, Received } from '../../src/service/message.ts';
import { bytes, list, message, rowsOf } from '../service/messages.ts';
import { cli } from './command.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'serve-'))));
afterAll(() => rm(folder, { recursive: true }));
const started: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function serve(...words: readonly string[]) {
  const child = spawn(process.execPath, [cli, 'serve', ...words]);
  started.push(child);
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += text));
  const log: string[] = [];
  const closed = once(child, 'close');
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => log.push(line));
  return {
    child,
    log,
    /** Done when it listens. */
    listening: () => Promise.race([once(lines, 'line'), closed]),
    async ended() {
      const [code] = await closed;
      return { code, stderr };
    },
  };
}

/** Asks one thing after the other. */
function client(socket: string) {
  const connection = connect(socket);
  connection.on('error', () => undefined);
  const answers = messages(connection);
  return {
    async ask(asked: Message): Promise<Received['header'] | undefined> {
      try {
        await send(connection, asked);
        const { value } = await answers.next();
        return value === undefined ? undefined : value.header;
      } catch {
        return undefined;
      }
    },
    end: () => connection.destroy(),
  };
}

const upsert = (ids: readonly number[], of: number) => {
  const rows = matrix(ids.length, 3);
  ids.forEach((id, i) => rows.data.set([id, of, 1], 3 * i));
  return message({ call: 'upsert' }, { rows: rowsOf(rows), ids: list(Uint32Array.from(ids)) });
};

describe('nearmiss serve', () => {
  it('loses no row that was answered, when it is killed while many write', async () => {
    const socket = join(folder, 'killed');
    const words = [
      '--index',
      'exact',
      '--distance',
      'euclidean',
      '--socket',
      socket,
      '--store',
      join(folder, 'rows'),
    ];
    const first = serve(...words);
    await first.listening();
    // what must be there, and of what an answer never came
    const stored = new Map<number, number>();
    const open = new Map<number, number | 'removed'>();
    let answered = 0;
    const writer = async (w: number): Promise<void> => {
      const { ask, end } = client(socket);
      for (let step = 0; ; step++) {
        const id = 1000 * w + (step % 50);
        const removes = step % 7 === 6 && stored.has(id - 1);
        const changed = removes ? id - 1 : id;
        open.set(changed, removes ? 'removed' : step);
        const asked = removes
          ? message({ call: 'remove' }, { ids: list(Uint32Array.of(changed)) })
          : upsert([id], step);
        const header = await ask(asked);
        if (header === undefined) break;
        expect(header.error).toBeUndefined();
        open.delete(changed);
        if (removes) stored.delete(changed);
        else stored.set(id, step);
        if (++answered === 600) first.child.kill('SIGKILL');
      }
      end();
    };
    await Promise.all(Array.from({ length: 16 }, (_, w) => writer(w)));
    await first.ended();
    expect(stored.size).toBeGreaterThan(50);

    const second = serve(...words);
    await second.listening();
    const connection = connect(socket);
    for (const [id, step] of stored) {
      if (open.has(id)) continue;
      const queries = rowsOf(matrix(1, 3, Float32Array.of(id, step, 1)));
      connection.write(bytes(message({ id, call: 'search', values: { k: 1 } }, { queries })));
    }
    connection.write(bytes(message({ call: 'stats' })));
    for await (const answer of messages(connection)) {
      const { id, size } = answer.header;
      if (size !== undefined) {
        expect(size).toBeGreaterThanOrEqual([...stored.keys()].filter((each) => !open.has(each)).length);
        expect(size).toBeLessThanOrEqual(new Set([...stored.keys(), ...open.keys()]).size);
        break;
      }
      const found = 'arrays' in answer ? answer.arrays : new Map();
      expect([found.get('ids')?.data[0], found.get('distances')?.data[0]]).toEqual([id, 0]);
    }
    connection.destroy();
    second.child.kill('SIGTERM');
    expect(await second.ended()).toEqual({ code: 0, stderr: '' });
    // in one piece
    expect((await readdir(join(folder, 'rows'))).toSorted()).toEqual(['index-1', 'journal-1', 'snapshots']);
  });

  it('answers what is under way when it is told to end, and then ends', async () => {
    const socket = join(folder, 'ends');
    const { child, listening, ended, log } = serve('--index', 'exact', '--socket', socket, '--port', '0');
    await listening();
    const { ask } = client(socket);
    const embeddings = matrix(8000, 8);
    embeddings.data.forEach((_, e) => (embeddings.data[e] = Math.sin(e * e)));
    const answer = ask(
      message({ id: 1, call: 'score', loss: 'uniformity' }, { embeddings: rowsOf(embeddings) }),
    );
    const idle = client(socket);
    await idle.ask(message({ call: 'stats' }));
    child.kill('SIGTERM');
    expect(await answer).toMatchObject({ id: 1, value: expect.any(Number) });
    expect(await ended()).toEqual({ code: 0, stderr: '' });
    const lines = log.map((line): unknown => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'answered', door: 'unix', call: 'score', status: 200 }),
    );
    expect(lines.at(-1)).toMatchObject({ msg: 'ended' });
  });

  const OPTIONS: Parameters<typeof run>[0] = {
    index: 'exact',
    distance: 'cosine',
    ef: 1,
    store: undefined,
    socket: undefined,
    port: undefined,
    host: '127.0.0.1',
    'token-file': undefined,
    'max-message': 1,
    'max-requests': 1,
    'max-pending': 1,
    'max-connections': 1,
    'max-rows': 1,
    'max-dim': 1,
    'max-k': 1,
    'max-stored': 1,
    timeout: 1,
    parallel: 1,
    'log-level': 'silent',
  };

  it.each([
    [{}, 'serve: --port or --socket must be given, got neither'],
    [{ port: 70_000 }, 'serve: --port must be a whole number in [0, 65536), got 70000'],
    [{ port: 0, 'max-k': 0 }, 'serve: --max-k must be a whole number >= 1, got 0'],
    [{ port: 0, timeout: NaN }, 'serve: --timeout must be a finite number > 0, got NaN'],
    [{ port: 0, 'token-file': '/none' }, /^serve: --token-file must be a file that can be read, got ENOENT/],
    [
      { port: 0, host: '0.0.0.0' },
      'serve: a token must be given where --host is not this machine alone, got 0.0.0.0',
    ],
    [{ port: 0, host: '::' }, 'serve: a token must be given where --host is not this machine alone, got ::'],
  ])('refuses %j', async (options, sentence) => {
    await expect(run({ ...OPTIONS, ...options }, new AbortController().signal)).rejects.toThrow(sentence);
  });
});
