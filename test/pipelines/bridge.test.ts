import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { type Matrix, matrix } from '../../src/core/matrix.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { messages } from '../../src/service/frames.ts';
import type { Received } from '../../src/service/message.ts';
import { bytes, list, message, rowsOf } from '../service/messages.ts';
import { cli } from './command.ts';

const started: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A bridge, its answers one after the other, and how it ended. */
function bridge(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [cli, 'bridge', ...words], { env: { ...process.env, ...env } });
  started.push(child);
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += text));
  const answers = messages(child.stdout);
  const exit = once(child, 'exit');
  const closed = once(child, 'close');
  return {
    child,
    write: (...parts: readonly Uint8Array[]) => void child.stdin.write(Buffer.concat(parts)),
    async answer(): Promise<Received | undefined> {
      const { value } = await answers.next();
      return value === undefined ? undefined : value;
    },
    async ended() {
      const [code] = await exit;
      await closed;
      return { code, stderr };
    },
  };
}

function waves(rows: number, cols: number, seed: number): Matrix {
  const m = matrix(rows, cols);
  m.data.forEach((_, e) => (m.data[e] = Math.sin(seed + 1.7 * e)));
  return m;
}

const [anchors, positives] = [waves(700, 48, 1), waves(700, 48, 2)];
const views = { anchors: rowsOf(anchors), positives: rowsOf(positives) };
const rows = (m: Matrix, first: number) => ({
  rows: rowsOf(m),
  ids: list(Uint32Array.from({ length: m.rows }, (_, i) => first + i)),
});

describe('nearmiss bridge', () => {
  it('gives the numbers of the library, to the bit, and ends with its input', async () => {
    const { child, write, answer, ended } = bridge();
    write(bytes(message({ id: 1, call: 'score', loss: 'infoNce', options: { temperature: 0.1 } }, views)));
    const { value, active, terms, gradients } = infoNce({ temperature: 0.1 })({ anchors, positives });
    expect(await answer()).toEqual(
      message(
        { id: 1, value, active, gradients: {} },
        {
          'gradients.anchors': rowsOf(gradients.anchors),
          'gradients.positives': rowsOf(gradients.positives),
          terms: list(terms ?? new Float32Array(0)),
        },
      ),
    );
    child.stdin.end();
    expect(await answer()).toBeUndefined();
    expect(await ended()).toEqual({ code: 0, stderr: '' });
  });

  it('answers in order what was asked at once, each after what was stored before it, and goes on after errors', async () => {
    const { child, write, answer, ended } = bridge(['--index', 'hnsw', '--distance', 'euclidean']);
    const search = (id: number) =>
      bytes(message({ id, call: 'search', values: { k: 1 } }, { queries: rowsOf(waves(1, 4, 3)) }));
    const all = Buffer.concat([
      search(1),
      bytes(message({ id: 2, call: 'upsert' }, rows(waves(20, 4, 8), 100))),
      search(3),
      bytes(message({ id: 'four', call: 'score', loss: 'infoNce', options: { temperature: -1 } }, views)),
      bytes(message({ id: 5, call: 'upsert' }, rows(waves(1, 4, 3), 500))),
      search(6),
      bytes(message({ id: 7, call: 'stats' })),
    ]);
    for (let at = 0; at < all.length; at += 9973) write(all.subarray(at, at + 9973));
    child.stdin.end();
    const found: Received[] = [];
    for (let i = 0; i < 7; i++) found.push((await answer()) ?? message({}));
    const arrayOf = (i: number, name: string) => {
      const got = found[i];
      return 'arrays' in got ? got.arrays.get(name)?.data : undefined;
    };
    expect(found.map(({ header }) => header.id)).toEqual([1, 2, 3, 'four', 5, 6, 7]);
    expect(arrayOf(0, 'found')).toEqual(Uint32Array.of(0));
    expect(arrayOf(2, 'found')).toEqual(Uint32Array.of(1));
    expect(found[3].header.error).toBe('infoNce: temperature must be a finite number > 0, got -1');
    expect([arrayOf(5, 'ids'), arrayOf(5, 'distances')]).toEqual([Uint32Array.of(500), Float32Array.of(0)]);
    expect(found[6].header).toEqual({ id: 7, index: 'hnsw', distance: 'euclidean', dim: 4, size: 21 });
    expect(await ended()).toEqual({
      code: 0,
      stderr: 'bridge: infoNce: temperature must be a finite number > 0, got -1\n',
    });
  });

  it('passes over what is too long', async () => {
    const { child, write, answer, ended } = bridge(['--max-message', '0.1']);
    const long = bytes(message({ id: 1, call: 'score', loss: 'infoNce' }, views));
    write(long, bytes(message({ id: 2, call: 'stats' })));
    expect((await answer())?.header).toEqual({
      error: `message: must be at most 104857 bytes, got ${long.length}`,
    });
    expect((await answer())?.header.id).toBe(2);
    child.stdin.end();
    expect((await ended()).code).toBe(0);
  });

  it.each([
    [
      'ends within a message',
      bytes(message({ call: 'stats' })).subarray(0, 30),
      /^message: must go on for \d+ bytes, got the end after 14$/,
    ],
    ['is no message', Buffer.from('{"call": "stats"}\n'), /^message: must begin with 'nmf1', got "\{\\"ca"$/],
  ])('says so where its input %s', async (_, input, sentence) => {
    const { child, write, answer, ended } = bridge();
    write(bytes(message({ id: 1, call: 'stats' })), input);
    child.stdin.end();
    expect((await answer())?.header).toMatchObject({ id: 1, size: 0 });
    const error = String((await answer())?.header.error);
    expect(error).toMatch(sentence);
    expect(await ended()).toEqual({ code: 2, stderr: `${error}\n` });
  });

  it('answers what is under way when it is told to stop', async () => {
    // long work of few bytes, which come in one piece with the question before
    const { child, write, answer, ended } = bridge([], { NEARMISS_KERNELS: 'plain' });
    write(
      bytes(message({ id: 1, call: 'stats' })),
      bytes(message({ id: 2, call: 'score', loss: 'uniformity' }, { embeddings: rowsOf(waves(5000, 2, 4)) })),
    );
    expect((await answer())?.header.id).toBe(1);
    child.kill('SIGTERM');
    const last = await answer();
    expect(last?.header.id).toBe(2);
    expect(last?.header.value).toSatisfy(Number.isFinite);
    expect(await answer()).toBeUndefined();
    expect((await ended()).code).toBe(0);
  });

  it('stops at once where nothing is under way', async () => {
    const { child, write, answer, ended } = bridge();
    write(bytes(message({ id: 1, call: 'stats' })));
    await answer();
    child.kill('SIGTERM');
    expect(await ended()).toEqual({ code: 0, stderr: '' });
  });

  it.each([
    [['--index', 'tree'], /Choices: "hnsw", "exact"/],
    [['--ef', '0'], /^bridge: --ef must be a whole number >= 1, got 0\n$/],
    [['--max-message', 'x'], /^bridge: --max-message must be a finite number > 0, got NaN\n$/],
  ])('refuses %j', async (words, sentence) => {
    const { code, stderr } = await bridge(words).ended();
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
  });
});
