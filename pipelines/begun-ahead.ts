import type { Step } from '../src/streams/batches.ts';

/** A batch, and what is being made of it. */
export interface Begun<Batch, Made> extends Step {
  readonly batch: Batch;
  readonly made: Promise<Made>;
}

/** Batches in their order, with so many of them begun at a time. */
export async function* begunAhead<Batch extends Step, Made>(
  batches: AsyncIterable<Batch>,
  make: (batch: Batch) => Promise<Made>,
  most: number,
): AsyncGenerator<Begun<Batch, Made>, void, undefined> {
  const ahead: Begun<Batch, Made>[] = [];
  for await (const batch of batches) {
    const made = make(batch);
    // told when its turn comes
    made.catch(() => {});
    ahead.push({ step: batch.step, batch, made });
    if (ahead.length >= most) yield* ahead.splice(0, 1);
  }
  yield* ahead;
}
