import { Worker } from 'node:worker_threads';
import type { Bags } from '../../core/bags.ts';
import { checkVocabulary, type Vocabulary } from './vocabulary.ts';

/** `textBags` in a thread of its own. */
export interface ThreadedBags {
  of(texts: readonly string[]): Promise<Bags>;
  /** Ends the thread: whoever still waits is refused. */
  close(): Promise<void>;
}

/** Built, since Node.js 20 runs no TypeScript: from the sources, too, it is the one in `dist`. */
const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/src/models/text/bags-thread.js' : './bags-thread.js',
  import.meta.url,
);

interface Waiting {
  resolve(bags: Bags): void;
  reject(error: unknown): void;
}

/**
 * The same bags as `textBags` gives, taken apart beside whatever else the program computes. Texts are answered in the order they are asked
 * for. The program may end without closing it, where nobody waits.
 *
 * @throws RangeError if the vocabulary is none; of what it gives, what ended the thread
 */
export function threadedBags(vocabulary: Vocabulary): ThreadedBags {
  checkVocabulary('threadedBags', vocabulary);
  // of the program's own flags, --input-type would be refused of a file
  const worker = new Worker(THREAD, { workerData: vocabulary, execArgv: [] });
  const waiting: Waiting[] = [];
  let ended: unknown;
  worker.unref();
  worker.on('message', (bags: Bags) => {
    waiting.shift()?.resolve(bags);
    if (waiting.length === 0) worker.unref();
  });
  worker.on('error', (error) => {
    ended = error;
  });
  worker.on('exit', () => {
    ended ??= new Error('threadedBags: its thread must run, got closed');
    for (const { reject } of waiting.splice(0)) reject(ended);
  });
  return {
    of: (texts) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        waiting.push({ resolve, reject });
        worker.ref();
        worker.postMessage(texts);
      }),
    async close() {
      // an answer that is under way must not let the program end before the thread has
      worker.removeAllListeners('message');
      await worker.terminate();
    },
  };
}
