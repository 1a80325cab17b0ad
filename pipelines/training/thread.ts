import { parentPort, Worker } from 'node:worker_threads';

/** What a thread can be asked for: functions of one argument, which and whose results can be sent to other threads. */
type Functions<Called> = { readonly [Name in keyof Called]: (argument: never) => unknown };

type Argument<Function> = Function extends (argument: infer Given) => unknown ? Given : never;
type Result<Function> = Function extends (argument: never) => infer Given ? Awaited<Given> : never;

/** A thread that answers. */
export interface Thread<Called> {
  /** @throws what the function throws; what ended the thread */
  call<Name extends string & keyof Called>(
    name: Name,
    argument: Argument<Called[Name]>,
  ): Promise<Result<Called[Name]>>;
  /** Ends it: whoever still waits is refused. */
  close(): Promise<void>;
}

interface Asked {
  readonly number: number;
  readonly name: string;
  readonly argument: never;
}

type Answered = { readonly number: number } & ({ readonly result: never } | { readonly error: unknown });

interface Waiting {
  resolve(result: never): void;
  reject(error: unknown): void;
}

/** Of the sources, which Node.js 20 does not run, the built files are run in a thread. */
const ROOT = new URL('../../', import.meta.url);

/**
 * Runs a module in a thread of its own, where it gives what can be asked of it to `answers`. The program may end without closing it, where
 * nobody waits.
 *
 * @param from the URL of the module that asks
 * @param file of the one that answers, as it is built, seen from there
 */
export function thread<Called extends Functions<Called>>(from: string, file: string): Thread<Called> {
  const asking = from.endsWith('.ts') ? new URL(from.slice(ROOT.href.length), new URL('dist/', ROOT)) : from;
  // of the program's own flags, --input-type would be refused of a file
  const worker = new Worker(new URL(file, asking), { execArgv: [] });
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let ended: unknown;
  worker.on('message', (answered: Answered) => {
    const { number } = answered;
    const asker = waiting.get(number);
    waiting.delete(number);
    if (waiting.size === 0) worker.unref();
    if ('error' in answered) asker?.reject(answered.error);
    else asker?.resolve(answered.result);
  });
  worker.on('error', (error) => {
    ended = error;
  });
  worker.on('exit', () => {
    ended ??= new Error(`${file}: its thread must run, got closed`);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  });
  // only now: to listen to it would keep the program alive
  worker.unref();
  return {
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        worker.postMessage({ number: asked, name, argument });
        waiting.set(asked++, { resolve, reject });
        worker.ref();
      }),
    async close() {
      // an answer that is under way must not let the program end before the thread has
      worker.removeAllListeners('message');
      await worker.terminate();
    },
  };
}

/** In a thread: what it answers, each as soon as it can. The arrays of a result are handed over and not copied. */
export function answers<Called extends Functions<Called>>(functions: Called): void {
  const byName = new Map<string, (argument: never) => unknown>(Object.entries(functions));
  const answer = async ({ number, name, argument }: Asked): Promise<void> => {
    try {
      const result = await byName.get(name)?.(argument);
      parentPort?.postMessage({ number, result }, buffersOf(result));
    } catch (error) {
      parentPort?.postMessage({ number, error });
    }
  };
  parentPort?.on('message', (asked: Asked) => void answer(asked));
}

/** Of the arrays in plain data, each once. */
function buffersOf(data: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(data)) {
    if (data.buffer instanceof ArrayBuffer) found.add(data.buffer);
  } else if (typeof data === 'object' && data !== null) {
    for (const member of Object.values(data)) buffersOf(member, found);
  }
  return [...found];
}
