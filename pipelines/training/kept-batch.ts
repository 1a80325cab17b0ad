import { join } from 'node:path';
import type { Bags } from '../../src/core/bags.ts';
import type { Matrix } from '../../src/core/matrix.ts';
import type { Parameters } from '../../src/core/parameters.ts';
import { type State, writeState } from '../../src/formats/state-file.ts';
import type { PairBatch } from '../../src/streams/batches.ts';

/** Keeps what went into a step in a file that `readState` reads, to be looked at or gone through again. */
export async function keptBatch<Query, Document>(
  folder: string,
  { step, features }: PairBatch<Query, Document>,
): Promise<string> {
  const path = join(folder, `not-finite-${step}.state`);
  const matrices: Record<string, Parameters> = {};
  const arrays: Record<string, State['arrays'][string]> = { ids: features.ids };
  const { anchors, positives, negatives } = features;
  for (const [name, part] of Object.entries({ anchors, positives, negatives })) {
    if (isMatrix(part)) matrices.features = { ...matrices.features, [name]: part };
    if (!isBags(part)) continue;
    arrays[`${name}.offsets`] = part.offsets;
    arrays[`${name}.ids`] = part.ids;
    arrays[`${name}.weights`] = part.weights;
  }
  await writeState(path, { facts: { step }, matrices, arrays });
  return path;
}

function isMatrix(part: unknown): part is Matrix {
  return typeof part === 'object' && part !== null && 'rows' in part && 'data' in part;
}

function isBags(part: unknown): part is Bags {
  return typeof part === 'object' && part !== null && 'offsets' in part && 'weights' in part;
}
