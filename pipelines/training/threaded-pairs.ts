import type { PairSource } from './contrast.ts';
import type { PairsThread } from './pairs-thread.ts';
import { type Thread, thread } from './thread.ts';

/** Files of pairs that a thread reads, which `pairs-thread` is. */
export function threadedPairs<Input>(): Thread<PairsThread<Input>> {
  return thread<PairsThread<Input>>(import.meta.url, './pairs-thread.js');
}

/** Its batches, each read when it is asked for: `pull` asks for the next while a step is taken. */
export function threadedSource<Input>(
  { call }: Thread<PairsThread<Input>>,
  steps: number,
): PairSource<Input, Input> {
  return {
    steps,
    classes: 0,
    async *batches(from) {
      const reading = await call('from', from);
      try {
        for (;;) {
          const batch = await call('next', reading);
          if (batch === undefined) return;
          yield batch;
        }
      } finally {
        await call('end', reading);
      }
    },
    documents: (ids) => call('documents', ids),
    passes: {
      before: (step) => call('passesBefore', step),
      restore: (noted) => call('restore', noted),
    },
  };
}
