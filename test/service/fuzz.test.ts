import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matrix } from '../../src/core/matrix.ts';
import { messages } from '../../src/service/frames.ts';
import type { Message } from '../../src/service/message.ts';
import { bytes, list, message, rowsOf } from './messages.ts';
import { type AtWork, atWork } from './service-at-work.ts';

/** Requests of each kind, for which others are asked by NEARMISS_FUZZ, and more by NEARMISS_SLOW. */
const RUNS = Number(process.env.NEARMISS_FUZZ ?? (process.env.NEARMISS_SLOW === undefined ? 60 : 1700));

const rows = matrix(6, 4);
rows.data.forEach((_, e) => (rows.data[e] = Math.sin(1 + e * e)));
const ids = list(Uint32Array.of(1, 2, 3, 4, 5, 6));
const views = { anchors: rowsOf(rows), positives: rowsOf(rows) };

/** Sound ones, to be spoilt. */
const SOUND: readonly Message[] = [
  message({ call: 'upsert' }, { rows: rowsOf(rows), ids }),
  message({ call: 'search', values: { k: 3 } }, { queries: rowsOf(rows) }),
  message({ call: 'mine', options: { negatives: 2 } }, { ...views, ids }),
  message({ call: 'score', loss: 'infoNce', options: { temperature: 0.1 } }, views),
  message(
    { call: 'evaluate' },
    { queries: rowsOf(rows), judged: { shape: [1, 2], data: Uint32Array.of(0, 1) } },
  ),
  message({ call: 'stats', id: 5, timeout: 1000 }),
];
const sound = fc.constantFrom(...SOUND);

/** Values that stand where others should. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    0.5,
    1e9,
    1e300,
    2 ** 53,
    '',
    'x',
    '__proto__',
    [],
    [[]],
    {},
    [1, 'a'],
    [[1], [2, 3]],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

const overUnix = (at: AtWork, sent: Uint8Array): Promise<readonly Message['header'][]> =>
  new Promise((resolve, reject) => {
    const socket = connect({ path: at.socket, allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.end(sent);
    void (async () => {
      const found: Message['header'][] = [];
      for await (const { header } of messages(socket)) found.push(header);
      return found;
    })().then(resolve, reject);
  });

/** The status and the sentence, over a connection of its own, whatever bytes were sent. */
const overHttp = async (at: AtWork, sent: Uint8Array): Promise<{ status: number; body: string }> => {
  const socket = connect({ port: at.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.end(sent);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part);
  const said = Buffer.concat(parts).toString();
  const [, status, length] = /^HTTP\/1\.1 (\d+).*?content-length: (\d+)\r\n/is.exec(said) ?? [];
  // bytes past the end of a request are another, with an answer of its own
  const begin = said.indexOf('\r\n\r\n') + 4;
  return { status: Number(status), body: said.slice(begin, begin + Number(length)) };
};

const request = (line: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(
      `${line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
      'latin1',
    ),
    body,
  ]);

/** A refusal of the request, in one sentence. */
function expectRefusal({ status, body }: { readonly status: number; readonly body: string }): void {
  expect(status, body).toSatisfy((code: number) => code >= 400 && code < 500);
  expect(JSON.parse(body)).toMatchObject({ error: expect.stringMatching(/^[^\n]+, got [^\n]*$/) });
}

describe('malformed requests are refused with a reason, and leave nothing behind', () => {
  let at: AtWork;
  beforeAll(async () => void (at = await atWork()));
  afterAll(() => at.end());
  const goesOn = async () => {
    expect(at.faults).toEqual([]);
    const [{ error, size }] = await overUnix(at, bytes(message({ call: 'stats' })));
    expect([error, size]).toEqual([undefined, expect.any(Number)]);
    expect([at.gate.inside, at.service.working.running, at.service.writing.waiting]).toEqual([0, 0, 0]);
  };

  it('frames whose bytes are spoilt', async () => {
    const spoilt = fc.tuple(
      sound,
      fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat({ max: 400 })),
    );
    await fc.assert(
      fc.asyncProperty(spoilt, async ([sent, changes, cut]) => {
        const all = bytes(sent);
        for (const [place, by] of changes) all[place % all.length] ^= by;
        const found = await overUnix(at, cut === null ? all : all.subarray(0, cut));
        // numbers may be others and sound
        for (const { error, status } of found) {
          if (error !== undefined) expect(error).toMatch(/^[^\n]+, got /);
          expect(status).toBeUndefined();
        }
      }),
      { numRuns: RUNS },
    );
    await goesOn();
  });

  it('frames whose headers say something else', async () => {
    const field = fc.constantFrom('call', 'loss', 'options', 'values', 'timeout', 'arrays');
    await fc.assert(
      fc.asyncProperty(sound, field, odd, async (sent, name, value) => {
        const all = bytes(sent);
        const words = all.readUInt32LE(4);
        const header: unknown = JSON.parse(all.toString('utf8', 16, 16 + words));
        const text = Buffer.from(JSON.stringify({ ...Object(header), [name]: value }));
        const head = Buffer.alloc(16 + 8 * Math.ceil(text.length / 8));
        all.copy(head, 0, 0, 16);
        head.writeUInt32LE(text.length, 4);
        text.copy(head, 16);
        const body = all.subarray(16 + 8 * Math.ceil(words / 8));
        const found = await overUnix(at, Buffer.concat([head, body]));
        expect(found).toHaveLength(1);
        const [{ error, status }] = found;
        if (error !== undefined) expect(error).toMatch(/^[^\n]+, got /);
        expect(status).toSatisfy((code) => code === undefined || (name === 'timeout' && code === 504));
      }),
      { numRuns: RUNS },
    );
    await goesOn();
  });

  it('bodies over HTTP of odd types, lengths, shapes and JSON', async () => {
    const call = fc.constantFrom('upsert', 'search', 'mine', 'score', 'evaluate', 'remove', 'restore');
    const type = fc.constantFrom(
      'application/vnd.nearmiss.frame',
      'application/octet-stream',
      'application/x-npy',
      'application/json',
      'text/plain',
      'x',
    );
    const shape = fc.constantFrom(
      '',
      '1',
      '0,0',
      '2,4',
      '-1,3',
      '9999999999,9999999999',
      '1,2,3',
      'x',
      '4294967296,1',
    );
    const body = fc.oneof(
      odd.map((value) => Buffer.from(JSON.stringify(value))),
      odd.map((value) =>
        Buffer.from(JSON.stringify({ loss: 'infoNce', values: value, arrays: { ids: value, rows: value } })),
      ),
      fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
      sound.map((sent) => bytes(sent).subarray(0, 100)),
      fc
        .uint8Array({ maxLength: 30 })
        .map((array) => Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), array])),
    );
    await fc.assert(
      fc.asyncProperty(call, type, shape, body, async (name, kind, of, sent) => {
        const headers = { 'content-type': kind, 'nearmiss-shape': of, 'content-length': String(sent.length) };
        const answer = await overHttp(at, request(`POST /v1/${name}?k=x`, headers, sent));
        expectRefusal(answer);
      }),
      { numRuns: RUNS },
    );
    await goesOn();
  });

  it('requests that are no HTTP, or of odd heads', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'GET /',
        'POST /v1',
        'PUT /v1/search',
        'POST /v1/../search',
        'BREW /v1/search',
        'POST /v1/%zz',
        'GET /v1/upsert',
      ),
      fc.string({ maxLength: 30 }).filter((text) => !/^(get|post|head|options) /i.test(text)),
    );
    const headers = fc.constantFrom<Readonly<Record<string, string>>>(
      {},
      { 'content-length': '-1' },
      { 'content-length': '99999999999999' },
      { 'content-length': 'x' },
      { 'transfer-encoding': 'chunked' },
      { 'content-length': '4', 'transfer-encoding': 'chunked' },
      { x: 'y'.repeat(20_000) },
      { 'content-type': 'application/json', 'content-length': '1' },
    );
    await fc.assert(
      fc.asyncProperty(line, headers, async (first, named) => {
        expectRefusal(await overHttp(at, request(first, named, Buffer.from('{'))));
      }),
      { numRuns: RUNS },
    );
    await goesOn();
  });
});
