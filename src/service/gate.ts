import { Unavailable } from './unavailable.ts';

export interface GateOptions {
  /** requests that are inside at a time, those whose bytes are still coming among them */
  readonly requests: number;
  /** bytes of these together */
  readonly bytes: number;
}

/** What bounds the memory of requests: none is read that was not let in. */
export interface Gate extends GateOptions {
  readonly inside: number;
  /** whether anybody is let in */
  readonly open: boolean;
  /**
   * Lets in a request of so many bytes, and gives what it leaves by, which may be called again.
   *
   * @throws Unavailable if there are too many inside, or nobody is let in any more
   */
  enter(bytes: number): () => void;
  /** Nobody is let in from now on. */
  shut(): void;
}

/** Seconds after which those who were turned away may ask again. */
const AGAIN = 1;

export function gate({ requests, bytes: most }: GateOptions): Gate {
  let [inside, held, open] = [0, 0, true];
  return {
    requests,
    bytes: most,
    get open() {
      return open;
    },
    get inside() {
      return inside;
    },
    enter(bytes) {
      if (!open)
        throw new Unavailable(
          503,
          'service: must be asked before it is told to end, got a request after',
          AGAIN,
        );
      if (inside >= requests)
        throw new Unavailable(
          429,
          `service: requests under way must be at most ${requests}, got one more`,
          AGAIN,
        );
      if (inside > 0 && held + bytes > most)
        throw new Unavailable(
          429,
          `service: requests under way must be of at most ${most} bytes, got ${held + bytes}`,
          AGAIN,
        );
      inside++;
      held += bytes;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        inside--;
        held -= bytes;
      };
    },
    shut() {
      open = false;
    },
  };
}
