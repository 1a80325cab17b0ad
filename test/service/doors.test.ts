import { once } from 'node:events';
import { connect } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fromRows, matrix } from '../../src/core/matrix.ts';
import { npyHeaderBytes } from '../../src/formats/npy-header.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { bytesOf } from '../../src/formats/bytes-of.ts';
import { messages } from '../../src/service/frames.ts';
import type { Message, Received } from '../../src/service/message.ts';
import { openApi } from '../../src/service/open-api.ts';
import { unixDoor } from '../../src/service/unix-door.ts';
import { bytes, list, message, rowsOf } from './messages.ts';
import { type AtWork, atWork, type AtWorkOptions } from './service-at-work.ts';

const FRAME = 'application/vnd.nearmiss.frame';

/** The first answers to some bytes over a socket. */
async function overUnix(path: string, sent: Uint8Array, count = 1): Promise<Received[]> {
  const socket = connect(path);
  socket.write(sent);
  const found: Received[] = [];
  for await (const answer of messages(socket)) {
    found.push(answer);
    if (found.length === count) break;
  }
  socket.destroy();
  return found;
}

async function overHttp(at: AtWork, call: string, asked: Message): Promise<Received> {
  const answer = await fetch(`${at.url}/v1/${call}`, {
    method: 'POST',
    headers: { 'content-type': FRAME },
    body: bytes(asked),
  });
  expect(answer.headers.get('content-type')).toBe(FRAME);
  const [found] = await overPieces(new Uint8Array(await answer.arrayBuffer()));
  return found;
}

async function overPieces(all: Uint8Array): Promise<Received[]> {
  const found: Received[] = [];
  async function* once() {
    yield all;
  }
  for await (const each of messages(once())) found.push(each);
  return found;
}

const json = async (at: AtWork, call: string, body: unknown, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${at.url}/v1/${call}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const said: Record<string, unknown> = await answer.json().then((value: unknown) => Object(value));
  return { status: answer.status, said, headers: answer.headers };
};

const rows = fromRows([
  [1, 0, 0],
  [0, 1, 0],
  [0, 1, 1],
]);
const ROWS = { rows: rowsOf(rows), ids: list(Uint32Array.of(5, 6, 7)) };

describe('both doors', () => {
  let at: AtWork;
  beforeAll(async () => void (at = await atWork()));
  afterAll(() => at.end());

  it('give the numbers of the library, to the bit', async () => {
    const m = matrix(40, 8);
    m.data.forEach((_, e) => (m.data[e] = Math.sin(1.7 * e)));
    const positives = matrix(40, 8, m.data.toReversed());
    const asked = message(
      { id: 1, call: 'score', loss: 'infoNce' },
      { anchors: rowsOf(m), positives: rowsOf(positives) },
    );
    const { value, active, terms, gradients } = infoNce()({ anchors: m, positives });
    const expected = message(
      { id: 1, value, active, gradients: {} },
      {
        'gradients.anchors': rowsOf(gradients.anchors),
        'gradients.positives': rowsOf(gradients.positives),
        terms: list(terms ?? new Float32Array(0)),
      },
    );
    expect(await overUnix(at.socket, bytes(asked))).toEqual([expected]);
    expect(await overHttp(at, 'score', asked)).toEqual(expected);
  });

  it('see one index', async () => {
    expect((await overHttp(at, 'upsert', message({}, ROWS))).header).toEqual({ size: 3 });
    const stats = message({ id: 'x', call: 'stats' });
    const [answer, next] = await overUnix(at.socket, Buffer.concat([bytes(stats), bytes(stats)]), 2);
    expect(answer.header).toMatchObject({ id: 'x', dim: 3, size: 3, index: 'exact' });
    expect(next).toEqual(answer);
    const { said } = await json(at, 'stats', {});
    expect(said).toMatchObject({ dim: 3, size: 3 });
  });

  it('evaluate by judgments', async () => {
    // nearest to (0, 1, 0.1): 6, 7, 5; the relevant one is second: 1 / log2(3), and 1 / 2
    const asked = {
      options: { metrics: 'ndcg@2,mrr,recall@1' },
      arrays: { queries: [[0, 1, 0.1]], judged: [[0, 7]], grades: [2] },
    };
    const { said } = await json(at, 'evaluate', asked);
    expect(said).toEqual({
      means: { 'ndcg@2': expect.closeTo(0.63093, 5), mrr: 0.5, 'recall@1': 0 },
      k: 100,
      arrays: { 'ndcg@2': [expect.closeTo(0.63093, 5)], mrr: [0.5], 'recall@1': [0] },
    });
    const cut = { ...asked, values: { k: 1 } };
    expect((await json(at, 'evaluate', cut)).said).toEqual({
      error: 'evaluate: k must be at least the cut of ndcg@2, got 1',
    });
    const twice = {
      arrays: {
        ...asked.arrays,
        grades: undefined,
        judged: [
          [0, 7],
          [0, 7],
        ],
      },
    };
    expect((await json(at, 'evaluate', twice)).said).toEqual({
      error: 'evaluate: judged row 1 must be judged once, got id 7 twice',
    });
  });

  it('take one array as .npy or as raw floats, with the rest in the query', async () => {
    const queries = fromRows([[0, 1, 0.1]]);
    const npy = Buffer.concat([
      npyHeaderBytes({ rows: 1, cols: 3, dtype: 'float32' }),
      bytesOf(queries.data),
    ]);
    const npy64 = Buffer.concat([
      npyHeaderBytes({ rows: 1, cols: 3, dtype: 'float64' }),
      bytesOf(Float64Array.from(queries.data)),
    ]);
    const raw = Buffer.from(bytesOf(queries.data));
    for (const [type, body] of [
      ['application/x-npy', npy],
      ['application/x-npy', npy64],
      ['application/octet-stream', raw],
    ] as const) {
      const answer = await fetch(`${at.url}/v1/search?k=2`, {
        method: 'POST',
        headers: { 'content-type': type, 'nearmiss-shape': '1,3', accept: 'application/json' },
        body,
      });
      expect(await answer.json()).toMatchObject({ arrays: { ids: [[6, 7]], found: [2] } });
    }
    const added = await fetch(`${at.url}/v1/upsert?firstId=20`, {
      method: 'POST',
      headers: {
        'content-type': 'application/octet-stream',
        'nearmiss-shape': '1,3',
        accept: 'application/json',
      },
      body: raw,
    });
    expect(await added.json()).toEqual({ size: 4 });
    expect((await json(at, 'remove', { arrays: { ids: [20] } })).said).toEqual({ size: 3 });
  });

  it('restore a snapshot by its name', async () => {
    expect((await json(at, 'snapshot', { name: 'three' })).said).toEqual({ size: 3 });
    await json(at, 'remove', { arrays: { ids: [5, 6] } });
    expect((await json(at, 'restore', { name: 'three' })).said).toEqual({ size: 3 });
    expect(
      (await json(at, 'search', { values: { k: 1 }, arrays: { queries: [[1, 0, 0]] } })).said,
    ).toMatchObject({ arrays: { ids: [[5]] } });
    expect((await json(at, 'restore', { name: '../three' })).said).toEqual({
      error: 'restore: name must be of a snapshot, got "../three"',
    });
    expect((await json(at, 'snapshot', { name: '../three' })).status).toBe(400);
  });

  it.each<[string, string, unknown, number, string | RegExp]>([
    ['a call', 'train', {}, 404, /^request: must be POST \/v1\/CALL, got POST/],
    ['JSON', 'search', '{', 400, /^message: must be JSON, got /],
    ['an object', 'search', '[]', 400, 'message: must be a JSON object, got object'],
    [
      'known inputs',
      'search',
      { values: { k: 1 }, arrays: { querys: [[1]] } },
      400,
      /^search: an input must be queries or/,
    ],
    [
      'equally long rows',
      'search',
      { arrays: { queries: [[1, 2], [1]] } },
      400,
      'message: row 1 of queries must be a list of 2 numbers, got [1]',
    ],
    [
      'whole ids',
      'remove',
      { arrays: { ids: [1.5] } },
      400,
      'message: ids must be of whole numbers in [0, 4294967296), got 1.5',
    ],
    ['stored ids', 'remove', { arrays: { ids: [99] } }, 400, 'exact.remove: every id must be stored, got 99'],
    [
      'few rows',
      'search',
      { values: { k: 1 }, arrays: { queries: Array.from({ length: 1001 }, () => [1]) } },
      400,
      'search: queries must be of at most 1000 rows, got 1001',
    ],
    [
      'short rows',
      'search',
      { values: { k: 1 }, arrays: { queries: [Array(65).fill(1)] } },
      400,
      'search: queries must be of at most 64 columns, got 65',
    ],
    [
      'a small k',
      'search',
      { values: { k: 101 }, arrays: { queries: [[1, 2, 3]] } },
      400,
      'search: k must be at most 100, got 101',
    ],
    [
      'a small budget',
      'mine',
      { options: { budget: 101 }, arrays: { anchors: [[1]], positives: [[1]], ids: [1] } },
      400,
      'mine: budget must be at most 100, got 101',
    ],
    ['a loss', 'score', {}, 400, 'score: loss must be a name, got undefined'],
    ['a timeout', 'stats', { timeout: -1 }, 400, 'message: timeout must be a number of ms > 0, got -1'],
  ])('ask for %s', async (_, call, body, status, error) => {
    const answer = await json(at, call, body);
    expect(answer).toMatchObject({
      status,
      said: { error: typeof error === 'string' ? error : expect.stringMatching(error) },
    });
  });

  it('store so many rows and no more', async () => {
    const many = (first: number) => ({
      values: { firstId: first },
      arrays: { rows: Array.from({ length: 1000 }, () => [1, 2, 3]) },
    });
    expect((await json(at, 'upsert', many(5))).said).toEqual({ size: 1000 });
    expect((await json(at, 'upsert', many(505))).said).toEqual({ size: 1500 });
    expect((await json(at, 'upsert', many(1006))).said).toEqual({
      error: 'upsert: rows stored must be at most 2000, got 2001',
    });
    expect((await json(at, 'upsert', many(1005))).said).toEqual({ size: 2000 });
  });

  it('want bodies of a type, and of a length that is said and small', async () => {
    const post = async (headers: Record<string, string>, body: string | ReadableStream) => {
      const answer = await fetch(`${at.url}/v1/search`, { method: 'POST', headers, body, duplex: 'half' });
      return [answer.status, await answer.json()];
    };
    const typed = await post({ 'content-type': 'text/plain' }, 'x');
    expect(typed).toEqual([
      415,
      {
        error: expect.stringMatching(/^message: content-type must be application\/vnd.* got "text\/plain"$/),
      },
    ]);
    const chunked = await post({ 'content-type': FRAME }, new Blob(['x']).stream());
    expect(chunked).toEqual([
      411,
      { error: expect.stringMatching(/^message: content-length must be given/) },
    ]);
    const long = await post({ 'content-type': FRAME }, 'x'.repeat(2 ** 20 + 1));
    expect(long).toEqual([413, { error: 'message: must be at most 1048576 bytes, got 1048577' }]);
    const none = await post({ 'content-type': FRAME }, 'nmf');
    expect(none).toEqual([400, { error: expect.stringMatching(/^message: must begin with 'nmf1'/) }]);
  });

  it('let go of a body that does not come to its end, and of a frame that says more than there is', async () => {
    const socket = connect(at.port, '127.0.0.1');
    socket.write(
      `POST /v1/search HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${FRAME}\r\ncontent-length: 5000\r\n\r\nnmf1`,
    );
    while (at.gate.inside === 0) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    while (at.gate.inside > 0) await new Promise((resolve) => setImmediate(resolve));
    const greedy = Buffer.alloc(16);
    greedy.write('nmf1');
    greedy.writeBigUInt64LE(2n ** 40n, 8);
    const headers = { 'content-type': FRAME };
    const answer = await fetch(`${at.url}/v1/search`, { method: 'POST', headers, body: greedy });
    expect(await answer.json()).toEqual({
      error: 'message: must go on for 1099511627776 bytes, got the end after 0',
    });
  });

  it('are deaf to pages of other hosts', async () => {
    const socket = connect(at.port, '127.0.0.1');
    socket.write('GET /v1/stats HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n');
    let said = '';
    for await (const part of socket) said += String(part);
    expect(said).toMatch(/^HTTP\/1.1 403 .*request: host must be this machine, got \\?"/s);
  });

  it('pass over a frame that is too long, and end where there is none', async () => {
    const long = Buffer.alloc(16 + 2 ** 20);
    long.write('nmf1');
    long.writeBigUInt64LE(2n ** 20n, 8);
    const [refused, next] = await overUnix(
      at.socket,
      Buffer.concat([long, bytes(message({ call: 'health' }))]),
      2,
    );
    expect(refused.header.error).toBe(`message: must be at most 1048576 bytes, got ${long.length}`);
    expect(next.header.status).toBe('ok');
    const found = await overUnix(at.socket, Buffer.from('GET / HTTP/1.1\r\n\r\n'), 2);
    expect(found.map(({ header }) => header.error)).toEqual([`message: must begin with 'nmf1', got "GET "`]);
  });

  it('tell Prometheus', async () => {
    const figures = await (await fetch(`${at.url}/metrics`)).text();
    expect(figures).toMatch(/^nearmiss_requests_total\{call="score",door="unix",status="200"\} 1$/m);
    expect(figures).toMatch(/^nearmiss_rows 2000$/m);
    expect(figures).toMatch(/^nearmiss_requests_inside 0$/m);
    expect(figures).toMatch(/^process_resident_memory_bytes /m);
    expect(at.faults).toEqual([]);
  });
});

describe('a service', () => {
  const started: AtWork[] = [];
  afterEach(async () => {
    for (const each of started.splice(0)) await each.end();
  });
  const begun = async (options: AtWorkOptions) => {
    const at = await atWork(options);
    started.push(at);
    return at;
  };

  it('turns away those who are too many, and lets them in later', async () => {
    const at = await begun({ requests: 1 });
    const leave = at.gate.enter(1);
    const refused = await json(at, 'stats', {});
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(refused.said).toEqual({ error: 'service: requests under way must be at most 1, got one more' });
    const [unix] = await overUnix(at.socket, bytes(message({ call: 'stats' })));
    expect(unix.header).toMatchObject({ status: 429 });
    expect((await fetch(`${at.url}/health`)).status).toBe(200);
    leave();
    expect((await json(at, 'stats', {})).status).toBe(200);
  });

  it('answers in time, or says that it does not, and begins nothing for those who have gone', async () => {
    const at = await begun({ timeout: 50 });
    let end: () => void = () => undefined;
    const busy = at.service.writing.run(() => new Promise<void>((resolve) => (end = resolve)));
    const upsert = { values: { firstId: 0 }, arrays: { rows: [[1]] } };
    const late = await json(at, 'upsert', upsert);
    expect([late.status, late.said]).toMatchObject([
      504,
      { error: 'service: an answer must be there within 50 ms, got none' },
    ]);
    const sooner = await json(at, 'upsert', { ...upsert, timeout: 5 });
    expect(sooner.said.error).toBe('service: an answer must be there within 5 ms, got none');
    const gone = new AbortController();
    const asked = fetch(`${at.url}/v1/upsert`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(upsert),
      signal: gone.signal,
    });
    while (at.service.writing.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    gone.abort();
    await expect(asked).rejects.toThrow('aborted');
    while (at.service.writing.waiting > 0) await new Promise((resolve) => setImmediate(resolve));
    end();
    await busy;
    expect((await json(at, 'stats', {})).said.size).toBe(0);
  });

  it('asks for its token, but for its health', async () => {
    const token = 'a token that nobody has';
    const at = await begun({ token });
    const none = await json(at, 'stats', {});
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await json(at, 'stats', {}, { authorization: `Bearer ${token}!` })).status).toBe(401);
    expect((await json(at, 'stats', {}, { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await fetch(`${at.url}/metrics`)).status).toBe(401);
    expect((await fetch(`${at.url}/health`)).status).toBe(200);
    await expect(begun({ token: 'short' })).rejects.toThrow(
      'serve: the token must be of at least 16 characters, got 5',
    );
  });

  it('says while it ends that it does, and answers what is under way', async () => {
    const at = await begun({});
    let end: () => void = () => undefined;
    void at.service.writing.run(() => new Promise<void>((resolve) => (end = resolve)));
    const socket = connect(at.socket);
    socket.write(bytes(message({ id: 1, call: 'upsert', values: { firstId: 0 } }, { rows: rowsOf(rows) })));
    while (at.service.writing.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    at.gate.shut();
    expect((await json(at, 'stats', {})).status).toBe(503);
    expect((await fetch(`${at.url}/health`)).status).toBe(503);
    end();
    const [data] = await once(socket, 'data');
    expect((await overPieces(data))[0].header).toMatchObject({ id: 1, size: 3 });
    socket.destroy();
  });

  it('listens where nobody does, and where no file is', async () => {
    const at = await begun({});
    const options = {
      desk: async () => message({}),
      gate: at.gate,
      most: 100,
      connections: 1,
      stalled: 1000,
    };
    await expect(unixDoor(at.socket, options)).rejects.toThrow(
      `${at.socket}: must be a socket that nobody listens to, got somebody`,
    );
    const file = join(tmpdir(), `no-socket-${process.pid}`);
    await writeFile(file, '');
    await expect(unixDoor(file, options)).rejects.toThrow(
      `${file}: must be where a socket can be made, got a file that is there`,
    );
  });
});

describe('the description', () => {
  it('is valid OpenAPI', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(openApi()));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('is docs/openapi.json (written again by npm run docs)', async () => {
    const page: unknown = JSON.parse(
      await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
    );
    expect(page).toEqual(JSON.parse(JSON.stringify(openApi())));
  });
});
