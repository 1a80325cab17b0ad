import { type IdLists, idLists, type ViewGradients, type Views } from './batches.ts';
import { checkEqual } from './check.ts';
import { unwritten, unwrittenPair } from './matrix.ts';

/**
 * Where each anchor's `known` items stand among the candidates, positives first and then negatives: what must not count
 * as a negative though its id is another's. undefined where nothing is known.
 */
export function knownCandidates({ anchors, ids, negativeIds, known }: Views): IdLists | undefined {
  if (known === undefined || ids === undefined) return undefined;
  const places = new Map<number, number[]>();
  const place = (id: number, candidate: number): void => {
    const there = places.get(id);
    if (there === undefined) places.set(id, [candidate]);
    else there.push(candidate);
  };
  ids.forEach((id, i) => place(id, i));
  negativeIds?.forEach((id, t) => place(id, anchors.rows + t));
  return idLists(
    Array.from(ids, (_, i) =>
      Array.from(known.ids.subarray(known.offsets[i], known.offsets[i + 1])).flatMap(
        (id) => places.get(id) ?? [],
      ),
    ),
  );
}

/** A handed-in matrix for each gradient of the views, or one that is not written yet: those of anchors and positives in one memory. */
export function viewGradients(
  { anchors, positives, negatives }: Views,
  into: Partial<ViewGradients>,
): ViewGradients {
  const given = into.anchors !== undefined && into.positives !== undefined;
  const [ofAnchors, ofPositives] = given
    ? [into.anchors, into.positives]
    : unwrittenPair(anchors.rows, positives.rows, anchors.cols);
  return {
    anchors: into.anchors ?? ofAnchors,
    positives: into.positives ?? ofPositives,
    ...(negatives && { negatives: into.negatives ?? unwritten(negatives.rows, negatives.cols) }),
  };
}

/**
 * Where each anchor's own negatives start: offsets[i] … offsets[i + 1] - 1 are anchor i's. Without `owned` each anchor
 * owns one.
 *
 * @throws RangeError if `owned` is absent and there is not one negative an anchor
 */
export function offsetsOf(where: string, { anchors, negatives, owned }: Views): Uint32Array {
  const offsets = new Uint32Array(anchors.rows + 1);
  if (negatives === undefined) return offsets;
  if (owned === undefined)
    checkEqual(where, 'negatives.rows, where owned is not given,', negatives.rows, anchors.rows);
  for (let i = 0; i < anchors.rows; i++) offsets[i + 1] = offsets[i] + (owned === undefined ? 1 : owned[i]);
  return offsets;
}
