import { lstat, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { refuse } from '../core/check.ts';
import type { ByteReader } from './byte-reader.ts';
import type { Desk } from './desk.ts';
import { type Admit, messagesOf, send } from './frames.ts';
import type { Gate } from './gate.ts';
import { lentBody } from './lent-body.ts';
import { socketReader } from './socket-reader.ts';
import { Unavailable } from './unavailable.ts';

export interface UnixDoorOptions {
  readonly desk: Desk;
  readonly gate: Gate;
  /** bytes of a message at most */
  readonly most: number;
  /** connections at a time */
  readonly connections: number;
  /** ms that a connection may neither bring nor take a byte of a message that has begun */
  readonly stalled: number;
}

export interface Door {
  /** Lets in nobody, and ends those with nothing under way. */
  close(): Promise<void>;
}

/**
 * Messages in frames over a socket of the file system, which is the owner's alone. A connection is answered in order, one after the
 * other; connections go side by side.
 *
 * @throws RangeError if there is a file of that name, or somebody who listens
 */
export async function unixDoor(path: string, options: UnixDoorOptions): Promise<Door> {
  await makeRoom(path);
  const [open, busy] = [new Set<Socket>(), new Set<Socket>()];
  const closing = new AbortController();
  // who has asked all may say so, and is answered still
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (accepted) => {
    const { socket, bytes } = socketReader(accepted);
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    void answerAll(socket, bytes, options, busy, closing.signal);
  });
  server.maxConnections = options.connections;
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    }).catch((error: unknown) => refuse(path, 'must be where a socket can be made', error));
  } finally {
    process.umask(mask);
  }
  return {
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        for (const socket of open) if (!busy.has(socket)) socket.destroy();
      }),
  };
}

async function answerAll(
  socket: Socket,
  bytes: ByteReader,
  { desk, gate, most, stalled }: UnixDoorOptions,
  busy: Set<Socket>,
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  socket.on('close', () => gone.abort());
  socket.on('timeout', () => socket.destroy());
  // whoever reads or writes is told of it
  socket.on('error', () => undefined);
  const admit: Admit = (bytes) => {
    socket.setTimeout(stalled);
    try {
      return gate.enter(bytes);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return { fault: error.message, status: error.status };
    }
  };
  const say = async (answer: Parameters<typeof send>[1]): Promise<void> => {
    socket.setTimeout(stalled);
    await send(socket, answer);
    socket.setTimeout(0);
  };
  try {
    const body = lentBody();
    for await (const request of messagesOf(bytes, most, admit, body.take)) {
      busy.add(socket);
      socket.setTimeout(0);
      const answer = await desk('unix', request, gone.signal);
      await say(answer);
      answer.giveBack?.();
      // work that was late goes on with its arrays
      if (answer.header.error === undefined) body.giveBack();
      busy.delete(socket);
      if (closing.aborted) break;
    }
    socket.destroySoon();
  } catch (error) {
    // what follows cannot be read
    if (error instanceof RangeError && !socket.destroyed)
      await say({ header: { error: error.message }, arrays: new Map() }).catch(() => undefined);
    socket.destroySoon();
  } finally {
    busy.delete(socket);
  }
}

/** What a process that is gone left there is removed. */
async function makeRoom(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return;
  if (!there.isSocket()) refuse(path, 'must be where a socket can be made', 'a file that is there');
  await new Promise<void>((resolve, reject) => {
    const asked = connect(path);
    asked.on('connect', () => {
      asked.destroy();
      try {
        refuse(path, 'must be a socket that nobody listens to', 'somebody');
      } catch (error) {
        reject(error);
      }
    });
    asked.on('error', () => resolve());
  });
  await rm(path, { force: true });
}
