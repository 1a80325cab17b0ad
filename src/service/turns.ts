/** Lets so many pieces of work go on at a time; others wait, in the order in which they came. */
export interface Turns {
  readonly running: number;
  readonly waiting: number;
  /**
   * Runs the work when its turn has come.
   *
   * @throws the signal's reason, if that is aborted before; what has begun goes on to its end
   */
  run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}

export function turns(most: number): Turns {
  let running = 0;
  const queue = new Set<() => void>();

  /** Done when there is a place, which is then taken. */
  const place = (signal?: AbortSignal): Promise<void> | void => {
    signal?.throwIfAborted();
    if (running < most) {
      running++;
      return;
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.delete(enter);
        reject(signal?.reason);
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      queue.add(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  };
  /** Hands the place to whoever is next. */
  const next = (): void => {
    const [enter] = queue;
    if (enter === undefined) running--;
    else {
      queue.delete(enter);
      enter();
    }
  };

  return {
    get running() {
      return running;
    },
    get waiting() {
      return queue.size;
    },
    async run(work, signal) {
      await place(signal);
      try {
        return await work();
      } finally {
        next();
      }
    },
  };
}
