import { join } from 'node:path';
import type { Bags } from '../../src/core/bags.ts';
import type { Matrix } from '../../src/core/matrix.ts';
import type { Parameters } from '../../src/core/parameters.ts';
import { type State, writeState } from '../../src/formats/state-file.ts';

/** Keeps what went into a step, by name, in a file that `readState` reads: to be looked at, or gone through again. */
export async function keptBatch(
  folder: string,
  step: number,
  features: Readonly<Record<string, unknown>>,
): Promise<string> {
  const path = join(folder, `not-finite-${step}.state`);
  const matrices: Record<string, Parameters> = {};
  const arrays: Record<string, State['arrays'][string]> = {};
  for (const [name, part] of Object.entries(features)) {
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
