import { memoryBank } from '../../src/neighbors/memory-bank.ts';
import type { NeighborIndex } from '../../src/neighbors/neighbor-index.ts';
import type { PairBatch, ScoredBatch } from '../../src/streams/batches.ts';
import type { Descended } from '../../src/streams/descend.ts';
import type { Checkpoint } from './checkpoints.ts';
import { contrast } from './contrast.ts';
import { folderDev } from './folder-source.ts';
import type { JobOptions, RunOptions } from './options.ts';
import type { Prepared } from './prepared.ts';
import { keptBatch } from './kept-batch.ts';
import type { Ran } from './run-job.ts';
import { takeSteps } from './take-steps.ts';

/** Takes the steps of a job of pairs. */
export function learned<Query, Document>(
  { source, sides, dim, dev }: Prepared<Query, Document>,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
): Promise<Ran> {
  const measured = dev && folderDev(dev, dev.split, sides, dim, signal);
  return takeSteps<PairBatch<Query, Document>, ScoredBatch & Descended>(
    async (last) => {
      const index = source.collection === undefined ? await queued(last, dim, options.memory) : last?.index;
      return contrast(sides, source, options, { dim, index, dev: measured }, signal);
    },
    ({ step, features: { anchors, positives, negatives } }, folder) =>
      keptBatch(folder, step, { anchors, positives, negatives }),
    options,
    signal,
  );
}

/** The queue of a checkpoint, in the order its rows came. */
async function queued(
  last: Checkpoint | undefined,
  dim: number,
  rows: number,
): Promise<NeighborIndex | undefined> {
  const ids = last?.state.arrays.ids;
  if (last?.index === undefined || !(ids instanceof Uint32Array)) return undefined;
  const queue = memoryBank({ dim, rows });
  if (ids.length > 0) await queue.add(last.index.read(ids).rows, ids);
  return queue;
}
