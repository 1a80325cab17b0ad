import { fromRows, matrix } from '../../src/core/matrix.ts';
import type { EmbeddedBatch } from '../../src/streams/batches.ts';

/** A batch of pairs along the x and y axes, embedded as it is, with document ids of the caller's choosing. */
export function embeddedBatch(
  step: number,
  ids: readonly number[] = [2 * step, 2 * step + 1],
): EmbeddedBatch {
  const rows = ids.map((_, i) => (i % 2 === 0 ? [1, step] : [step, 1]));
  const features = { anchors: fromRows(rows), positives: fromRows(rows), ids: Uint32Array.from(ids) };
  return {
    step,
    views: features,
    queryIds: Uint32Array.from(ids),
    backward: ({ anchors }) => ({ weights: matrix(anchors.cols, anchors.cols) }),
  };
}
