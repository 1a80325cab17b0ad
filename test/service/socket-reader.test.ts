import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { socketReader } from '../../src/service/socket-reader.ts';

/** No two stretches alike. */
const sequence = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) % 251);

describe('the bytes of a connection', () => {
  let folder: string;
  let server: Server;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reader-'));
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server.listen(join(folder, 'socket'));
    await once(server, 'listening');
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  const connected = async () => {
    const client = connect(join(folder, 'socket'));
    const accepted = await new Promise<Socket>((resolve) => server.once('connection', resolve));
    client.on('error', () => undefined);
    return { client, ...socketReader(accepted) };
  };

  it('are the same however they were sent, and however many are asked for', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 5 }),
        async (sent, wanted) => {
          const { client, socket, bytes } = await connected();
          let [from, at] = [0, 0];
          for (let i = 0; from < sequence.length; from += sent[i++ % sent.length])
            client.write(sequence.subarray(from, from + sent[i % sent.length]));
          client.end();
          for (let i = 0; at < sequence.length; i++) {
            const into = new Uint8Array(wanted[i % wanted.length] + (i % wanted.length === 0 ? 1 : 0));
            const got = i % 3 === 2 ? await bytes.skip(into.length) : await bytes.read(into);
            expect(got).toBe(Math.min(into.length, sequence.length - at));
            if (i % 3 !== 2)
              expect(Buffer.compare(into.subarray(0, got), sequence.subarray(at, at + got))).toBe(0);
            at += got;
          }
          expect(await bytes.read(new Uint8Array(1))).toBe(0);
          socket.destroy();
        },
      ),
      { numRuns: 50 },
    ));

  it('may end before an answer is written', async () => {
    const { client, socket, bytes } = await connected();
    client.end('asked');
    const into = new Uint8Array(8);
    expect(await bytes.read(into)).toBe(5);
    expect(String(Buffer.from(into.subarray(0, 5)))).toBe('asked');
    socket.end('answered');
    const [said] = await once(client, 'data');
    expect(String(said)).toBe('answered');
  });

  it('are waited for by nobody when the connection is gone', async () => {
    const { client, socket, bytes } = await connected();
    client.write('as');
    const read = bytes.read(new Uint8Array(20_000));
    socket.destroy();
    await expect(read).rejects.toThrow('the connection is gone');
    await expect(bytes.read(new Uint8Array(1))).rejects.toThrow('the connection is gone');
    client.destroy();
  });

  it('leave room for another connection when they have ended', async () => {
    for (let i = 0; i < 3; i++) {
      const { client, socket } = await connected();
      client.destroy();
      socket.destroy();
      await once(socket, 'close');
    }
    const count = (): Promise<number> =>
      new Promise((resolve, reject) =>
        server.getConnections((error, open) => (error ? reject(error) : resolve(open))),
      );
    await expect.poll(count).toBe(0);
  });
});
