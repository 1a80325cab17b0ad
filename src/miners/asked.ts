import type { Views } from '../core/batches.ts';
import { refuse } from '../core/check.ts';
import { type Distance, similarityAt } from '../distances/distance.ts';

/** A batch's anchors, with what must not be given to each. */
export interface Asked {
  readonly views: Views;
  /** rows; the ids of each anchor's positive and of whatever else is right for it */
  readonly right: readonly Uint32Array[];
  /** rows; the most a candidate may score */
  readonly ceilings: Float64Array;
  /** rows; which query each is, where that is known */
  readonly queryIds?: Uint32Array;
}

/** Which queries the anchors are, where that must be known. */
export function queriesOf(where: string, queryIds: Uint32Array | undefined): Uint32Array {
  return queryIds ?? refuse(where, 'the batch must say which queries its anchors are', 'none');
}

/** How similar two rows are, as an index says it: rounded to float32. */
export function similarity(distance: Distance, x: Float32Array, y: Float32Array): number {
  return Math.fround(similarityAt(distance, distance.between(x, y)));
}
