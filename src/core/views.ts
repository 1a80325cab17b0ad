import { type IdLists, idLists, type ViewGradients, type Views } from './batches.ts';
import { checkEqual, checkFiniteRows } from './check.ts';
import { matrix } from './matrix.ts';

/** The checks that every loss and every miner of views shares. */
export function checkViews(where: string, views: Views): void {
  const { anchors, positives, negatives } = views;
  checkEqual(where, 'positives.rows', positives.rows, anchors.rows);
  checkEqual(where, 'positives.cols', positives.cols, anchors.cols);
  checkFiniteRows(where, 'anchors', anchors);
  checkFiniteRows(where, 'positives', positives);
  checkLength(where, 'ids.length', views.ids, anchors.rows);
  checkLength(where, 'labels.length', views.labels, anchors.rows);
  checkLength(where, 'owned.length', views.owned, anchors.rows);
  if (negatives !== undefined) {
    checkEqual(where, 'negatives.cols', negatives.cols, anchors.cols);
    checkFiniteRows(where, 'negatives', negatives);
  }
  checkLength(where, 'negativeIds.length', views.negativeIds, negatives?.rows ?? 0);
  checkLength(where, 'negativeLabels.length', views.negativeLabels, negatives?.rows ?? 0);
  if (views.known !== undefined) {
    const { offsets, ids } = views.known;
    checkEqual(where, 'known.offsets.length', offsets.length, anchors.rows + 1);
    checkEqual(where, 'known.ids.length', ids.length, offsets[anchors.rows]);
  }
  if (views.owned !== undefined) {
    const sum = views.owned.reduce((total, count) => total + count, 0);
    checkEqual(where, 'the sum of owned', sum, negatives?.rows ?? 0);
  }
}

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

/** A fresh or handed-in matrix for each gradient of the views. */
export function viewGradients(
  { anchors, positives, negatives }: Views,
  into: Partial<ViewGradients>,
): ViewGradients {
  return {
    anchors: into.anchors ?? matrix(anchors.rows, anchors.cols),
    positives: into.positives ?? matrix(positives.rows, positives.cols),
    ...(negatives && { negatives: into.negatives ?? matrix(negatives.rows, negatives.cols) }),
  };
}

function checkLength(
  where: string,
  name: string,
  values: ArrayLike<number> | undefined,
  expected: number,
): void {
  if (values !== undefined) checkEqual(where, name, values.length, expected);
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
