import { type OnReadOpts, Socket } from 'node:net';
import type { ByteReader } from './byte-reader.ts';

/** Bytes that are read ahead at most; longer stretches are read where they belong. */
const AHEAD = 16_384;

/**
 * A connection that was accepted, and paused; its bytes. The system writes long stretches of them right into the memory they are asked for
 * in, where a stream gives pieces of 64 KiB in memory of their own: 16 MiB of those are a garbage collection, while they are computed on.
 *
 * The connection goes on as another socket, since node lets only those who make a socket say where it reads to.
 */
export function socketReader(accepted: Socket): { readonly socket: Socket; readonly bytes: ByteReader } {
  const ahead = new Uint8Array(AHEAD);
  // of what was read ahead; nothing is read where there is any
  let unread: Uint8Array = ahead.subarray(0, 0);
  let asked: Asked | undefined;
  let straight = false;
  let state: 'open' | 'ended' | 'closed' = 'open';

  /** Hands over what there is, and answers who asked where that is all. */
  const hand = (): void => {
    if (asked === undefined) return;
    const { into, resolve, reject } = asked;
    const part = unread.subarray(0, into.length - asked.got);
    into.set(part, asked.got);
    asked.got += part.length;
    unread = unread.subarray(part.length);
    if (asked.got < into.length && state === 'open') return;
    if (asked.got < into.length && state === 'closed') reject(new Error('the connection is gone'));
    else resolve(asked.got);
    asked = undefined;
  };
  const socket = takenOver(accepted, {
    buffer() {
      straight = asked !== undefined && asked.into.length - asked.got >= AHEAD;
      return asked !== undefined && straight ? asked.into.subarray(asked.got) : ahead;
    },
    callback(count) {
      if (asked !== undefined && straight) asked.got += count;
      else unread = ahead.subarray(0, count);
      hand();
      return unread.length === 0;
    },
  });
  socket.on('end', () => {
    state = 'ended';
    hand();
  });
  socket.on('close', () => {
    if (state === 'open') state = 'closed';
    hand();
  });
  socket.resume();

  const read = (into: Uint8Array): Promise<number> =>
    new Promise((resolve, reject) => {
      asked = { into, got: 0, resolve, reject };
      hand();
      if (unread.length === 0) socket.resume();
    });
  return {
    socket,
    bytes: {
      read,
      async skip(count) {
        const passed = new Uint8Array(Math.min(count, AHEAD));
        let done = 0;
        for (let got = 1; got > 0 && done < count; done += got)
          got = await read(passed.subarray(0, count - done));
        return done;
      },
      async close() {
        // an answer may still have to be written
      },
    },
  };
}

/** Who waits for bytes. */
interface Asked {
  readonly into: Uint8Array;
  got: number;
  resolve(got: number): void;
  reject(error: Error): void;
}

/** Another socket for the same connection; the one that was accepted is gone when it is. */
function takenOver(accepted: Socket, onread: OnReadOpts): Socket {
  const options = { handle: Reflect.get(accepted, '_handle'), allowHalfOpen: true, onread };
  const socket = new Socket(options);
  Reflect.set(accepted, '_handle', null);
  socket.on('close', () => accepted.destroy());
  return socket;
}
